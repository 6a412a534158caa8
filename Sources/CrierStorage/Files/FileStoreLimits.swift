import NIOCore

/// What the file store allows itself. The limits that callers see stand in CrierCore's `FileLimits`.
enum FileStoreLimits {
    /// Bytes under one checksum, 64 KiB: small enough to prove a range without reading much more than it, large enough
    /// that a GiB's checksums are 64 KiB. Part of the table's format.
    static let pageBytes = 64 << 10

    /// For how long pages that were seen in memory are taken to be there. 1 s: the kernel drops what was not used for
    /// longer first. Where it drops pages sooner, because memory is far too small for what is read, an event loop waits
    /// for the disk, and bytes that are read anew then are proven by the client alone.
    static let residencyAge = TimeAmount.seconds(1)

    /// Bytes written before an upload is committed to the disk: what a crash may cost an uploader.
    static let commitBytes: Int64 = 8 << 20

    /// Time after which what is written is committed, however little it is.
    static let commitInterval = TimeAmount.seconds(1)

    /// Unfinished uploads on disk: each has a part that takes room until it is finished or too old.
    static let uploads = 10_000

    /// Streams that write at the same time: each holds a descriptor, two digests and at most one message of 4 MiB.
    static let activeUploads = 256

    /// How long an upload that nobody goes on with is kept: a weekend's outage.
    static let uploadAgeMilliseconds: Int64 = 72 * 3_600 * 1_000

    /// How long a finished upload is remembered, for an uploader that did not hear the answer: a night.
    static let finishedAgeMilliseconds: Int64 = 24 * 3_600 * 1_000

    /// How often the store looks for uploads that are too old.
    static let sweepIntervalMilliseconds: Int64 = 3_600 * 1_000

    /// Bytes left free on the disk: the key-value store and logs must still be able to write.
    static let reservedDiskBytes: Int64 = 1 << 20

    /// Disk jobs that wait for a thread. Each belongs to a call that waits, so more means more callers than threads can
    /// serve.
    static let queuedJobs = 4_096

    /// Contents that come from other nodes at the same time: each holds a part, a descriptor and one message of 1 MiB.
    static let pulls = 64

    /// Copies that a node hands over at the same time when it leaves.
    static let handOvers = 4

    /// How long another node may take to get a copy, beside the time for its bytes at `copyBytesPerSecond`.
    static let copyGrace = Duration.seconds(10)

    /// Bytes a second that a copy is expected to make at least: a busy gigabit link.
    static let copyBytesPerSecond: Int64 = 10 << 20

    /// Silence in the middle of a file after which the node that gives it is left for another. 10 s: a node that reads
    /// from a slow disk is silent for a second or two.
    static let copySilence = Duration.seconds(10)

    /// Bytes of a chunk between nodes: the largest that a gateway makes.
    static let copyChunkBytes: Int32 = 1 << 20

    /// Between two attempts to read the catalogue that the nodes share.
    static let catalogueRetry = Duration.milliseconds(250)

    /// Bytes read at once when a file is digested from the disk.
    static let digestReadBytes = 1 << 20

    /// Jobs digest at most this much before they let others have the thread: about 0.1 s of SHA-256.
    static let digestSliceBytes: Int64 = 64 << 20

    /// Bytes of an upload's record; names and ids are at most 255 bytes each.
    static let journalBytes = 4_096
}
