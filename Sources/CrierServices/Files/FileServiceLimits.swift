import NIOCore

/// What the file service allows itself. What the contract allows stands in CrierCore's `FileLimits`.
public enum FileServiceLimits {
    /// Bytes of a chunk when the client does not say: large enough that a frame's costs vanish, and two of them fit
    /// into a bulk stream's queue.
    static let defaultChunkBytes = 256 << 10

    /// Bytes of a chunk that a client may ask for: 4 KiB for devices with little memory, to 1 MiB, below the 4 MiB that
    /// gRPC clients take in one message.
    static let chunkBytes = 4 << 10...1 << 20

    /// Bytes that are brought into memory and proven at once, ahead of the sender: one request to a disk, and 16
    /// chunks.
    static let windowBytes: Int64 = 4 << 20

    /// Downloads at the same time. Each holds a few hundred bytes and, while it moves, a window of 16 chunks' places.
    static let downloads = 20_000

    /// For how long an upload may send nothing before it loses its place, of which there are 256. 60 s: as long as a
    /// connection may be silent before it is asked whether it lives.
    public static let uploadSilence = Duration.seconds(60)

    /// Parts of a second in which a limited download sends one chunk: 8, so that a slow one still moves steadily.
    static let chunksPerSecond: Int64 = 8

    /// Of 10 parts of a chunk, how many zstd may leave at most for it to be worth the client's work.
    static let compressedTenths = 9

    /// Chunks that are sent as they are after one that did not shrink: what is compressed already costs a sixteenth.
    static let chunksBetweenTrials = 15

    /// Compressors kept for the next chunk, about 1 MiB each: as many as threads use at once.
    static let idleCompressors = 4

    /// Digests in one message of a block table: 64 KB.
    static let digestsPerMessage = 2_000

    /// Bytes of a name's prefix in a listing: no name is longer.
    static let prefixBytes = 255
}
