/// What is known of a file, without its bytes: all that a notice or a listing says.
public struct FileDescription: Sendable, Hashable {
    public var digest: ContentDigest
    /// The name that was asked for, else the newest; empty when no name stands for these bytes any more.
    public var name: String
    /// Bytes.
    public var size: Int64
    /// Bytes in each block of the block table; the last block may be shorter.
    public var blockSize: Int64
    /// Milliseconds since 1970: when the name, or else the content, came.
    public var createdAt: Int64
    /// As the uploader said it; may be empty.
    public var mediaType: String
    /// The nodes that hold the bytes.
    public var nodes: [String]

    public init(
        digest: ContentDigest,
        name: String,
        size: Int64,
        blockSize: Int64,
        createdAt: Int64,
        mediaType: String = "",
        nodes: [String] = []
    ) {
        self.digest = digest
        self.name = name
        self.size = size
        self.blockSize = blockSize
        self.createdAt = createdAt
        self.mediaType = mediaType
        self.nodes = nodes
    }

    /// The immutable id: "sha256:" and 64 hexadecimal digits.
    public var fileID: String { digest.description }
}

/// How a file is cut into the blocks that are verified and fetched again on their own.
public enum BlockSize {
    /// The smallest power of two from 128 KiB to 16 MiB that keeps a file of `fileSize` bytes below 2,000 blocks:
    /// Syncthing's rule, which holds the table near 64 KB whatever the file's size.
    public static func forFile(ofSize fileSize: Int64) -> Int64 {
        var size = FileLimits.smallestBlockBytes
        while size < FileLimits.largestBlockBytes, fileSize >= FileLimits.desiredBlocks * size { size *= 2 }
        return size
    }

    /// Blocks in a file of `fileSize` bytes; none in an empty one.
    public static func count(fileSize: Int64, blockSize: Int64) -> Int {
        Int((fileSize + blockSize - 1) / blockSize)
    }
}
