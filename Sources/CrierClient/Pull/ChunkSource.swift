/// Where a pull gets its bytes. The gateway is one; tests have another.
protocol ChunkSource: Sendable {
    /// Asks for the file from `request.offset` to its end.
    func open(_ request: ChunkRequest) async throws(CrierClientError) -> any ChunkStream

    /// The digests of every block; nil when the source has none.
    func blocks(of order: PullOrder) async throws(CrierClientError) -> BlockTable?
}

/// One answer of a source, chunk by chunk. For one reader.
protocol ChunkStream: Sendable {
    /// The next chunk; nil after the last, when the source said that all was well.
    func next() async throws(CrierClientError) -> Chunk?

    /// No more is wanted; a waiting `next` throws.
    func cancel()
}

/// What a source is asked for: a file from an offset to its end.
struct ChunkRequest: Sendable, Equatable {
    var fileID: String
    var offset: Int64
    /// The source refuses with `.changed` when its file is another one.
    var digest: ContentDigest
    /// 0: the source's choice.
    var maxChunkBytes: Int64 = 0
    /// 0: no limit.
    var maxBytesPerSecond: Int64 = 0
    var messageID = ""
    var rolloutID = ""
}

/// A piece of a file as it came, checked for nothing yet.
struct Chunk: Sendable, Equatable {
    var content: [UInt8]
    var sequence: Int32
    var isLast: Bool
    /// Where content begins in the file. Nil: a gateway that does not know offsets and began at byte 0.
    var offset: Int64?
    /// CRC-32C of the content.
    var crc32c: UInt32?
    /// The digest that the source says the whole file has, if it says so.
    var digest: ContentDigest?
}
