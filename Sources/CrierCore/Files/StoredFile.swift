public import NIOCore

/// A file that is open for reading. Shared by all that read the same content.
public protocol StoredFile: AnyObject, Sendable {
    var digest: ContentDigest { get }
    /// Bytes.
    var size: Int64 { get }
    /// Bytes in each block of the block table; the last block may be shorter.
    var blockSize: Int64 { get }

    /// Whether `range` can be prepared without waiting for anything but the disk, or never can, which `prepare` then
    /// says. False: the bytes are still on their way from another node, and `ready` is called once when it is worth
    /// asking again, on any thread; it must not wait.
    func isHere(_ range: Range<Int64>, orElse ready: @escaping @Sendable () -> Void) -> Bool

    /// A descriptor of its own for the caller, who closes it. BLOCKS for no longer than dup(2).
    func duplicateDescriptor() throws(FileStoreError) -> CInt

    /// Brings `range` into memory, proves what came from the disk, and cuts it into chunks of at most `chunkBytes`.
    /// BLOCKS.
    ///
    /// Afterwards the chunks can be read from the descriptor without waiting. Their checksums derive from those taken
    /// when the file was stored. Throws DATA_LOSS when the disk gave other bytes; the store then serves the file no
    /// more.
    func prepare(_ range: Range<Int64>, chunkBytes: Int) throws(FileStoreError) -> [PreparedChunk]

    /// What `prepare` would give for a range that is known to be in memory and proven; nil when it takes a look at the
    /// disk to know. Never waits: for event loops.
    func preparedAtOnce(_ range: Range<Int64>, chunkBytes: Int) -> [PreparedChunk]?

    /// Reads a chunk and proves it against its checksum. BLOCKS.
    func read(_ chunk: PreparedChunk) throws(FileStoreError) -> ByteBuffer

    /// The SHA-256 of the blocks in `blocks`, 32 bytes each, in order.
    func blockDigests(_ blocks: Range<Int>) -> [UInt8]
}

extension StoredFile {
    /// Of a file on this node's disk: always.
    public func isHere(_ range: Range<Int64>, orElse ready: @escaping @Sendable () -> Void) -> Bool { true }

    /// Unknown.
    public func preparedAtOnce(_ range: Range<Int64>, chunkBytes: Int) -> [PreparedChunk]? { nil }
}

/// A piece of a file that can be sent at once.
public struct PreparedChunk: Sendable, Hashable {
    /// Place of the first byte in the file.
    public var offset: Int64
    /// Bytes.
    public var count: Int
    /// CRC-32C of the bytes as they were when the file was stored.
    public var crc32c: UInt32

    public init(offset: Int64, count: Int, crc32c: UInt32) {
        self.offset = offset
        self.count = count
        self.crc32c = crc32c
    }
}
