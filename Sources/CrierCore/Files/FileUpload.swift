public import NIOCore

/// What an uploader says before the first byte.
public struct UploadBeginning: Sendable, Equatable {
    public var id: UploadID
    public var name: FileName
    /// Bytes of the whole file.
    public var size: Int64
    /// Of the whole file; nil when the uploader does not know it, and then nothing is compared.
    public var digest: ContentDigest?
    /// Where this stream goes on; must equal the committed offset.
    public var offset: Int64
    public var mediaType: String

    /// Throws INVALID_ARGUMENT naming the field when the size, the offset or the media type is out of bounds.
    public init(
        id: UploadID, name: FileName, size: Int64, digest: ContentDigest?, offset: Int64, mediaType: String
    ) throws(FileStoreError) {
        guard (0...FileLimits.fileBytes).contains(size) else {
            throw .invalidArgument("size", "\(size)", "is outside 0 to \(FileLimits.fileBytes)")
        }
        guard (0...size).contains(offset) else {
            throw .invalidArgument("offset", "\(offset)", "is outside 0 to the size, \(size)")
        }
        guard mediaType.utf8.count <= FileLimits.mediaTypeBytes else {
            throw .invalidArgument(
                "media_type", mediaType, "has \(mediaType.utf8.count) bytes; at most \(FileLimits.mediaTypeBytes)"
            )
        }
        self.id = id
        self.name = name
        self.size = size
        self.digest = digest
        self.offset = offset
        self.mediaType = mediaType
    }
}

/// How an upload begins.
public enum UploadStart: Sendable {
    /// It was finished before; there is nothing to send.
    case complete(FileDescription)
    case ready(any FileUpload)
}

/// How far an upload is.
public struct UploadProgress: Sendable, Equatable {
    /// Bytes that survive a crash of the gateway.
    public var committed: Int64
    /// Set when the upload is complete.
    public var file: FileDescription?

    public init(committed: Int64, file: FileDescription? = nil) {
        self.committed = committed
        self.file = file
    }
}

/// One stream's hold on an upload. One call at a time.
public protocol FileUpload: AnyObject, Sendable {
    /// Takes the next bytes; returns when they are written, so that a caller who waits is as fast as the disk.
    ///
    /// Throws INVALID_ARGUMENT when `offset` is not where the last bytes ended and beyond the announced size, DATA_LOSS
    /// when the checksum differs, RESOURCE_EXHAUSTED when the disk is full (what is written is kept), ABORTED when a
    /// newer stream took the upload over.
    func append(_ bytes: ByteBuffer, at offset: Int64, crc32c: UInt32?) async throws(FileStoreError)

    /// Makes the file durable, then visible; answers after both.
    ///
    /// Throws INVALID_ARGUMENT when bytes are missing or the digest is not the announced one.
    func finish() async throws(FileStoreError) -> FileDescription

    /// The stream ended early: commits what is written and lets go, for a later resumption.
    func suspend() async
}
