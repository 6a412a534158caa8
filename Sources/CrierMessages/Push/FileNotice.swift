import CCrierMessages

/// There is a file to pull.
public struct FileNotice: WireMessage {
    /// The name: a name to show, never a path.
    public var fileName: String
    /// Bytes of the whole file.
    public var fileSize: Int64
    /// What to ask `DownloadFile` for.
    public var fileID: String
    /// The SHA-256 of the whole file, 32 bytes.
    public var sha256: [UInt8]
    /// Bytes of a block: the unit of the block table that GetFileBlocks returns.
    public var blockSize: Int64
    /// Earliest start: milliseconds since 1970; 0: at once.
    public var notBefore: Int64
    /// Latest end: milliseconds since 1970; 0: none.
    public var deadline: Int64
    /// Wait a random time up to this long before pulling.
    public var startJitterMs: Int64
    /// The fastest allowed, in bytes a second; 0: no limit.
    public var maxBytesPerSecond: Int64
    /// Other places that hold the same bytes (a CDN, an object store)
    public var urls: [String]
    /// The rollout that this belongs to; empty: none.
    public var rolloutID: String
    /// What a selector can match.
    public var labels: [Label]
    /// Stop and delete what was pulled of this file.
    public var revoked: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(
        fileName: String = "",
        fileSize: Int64 = 0,
        fileID: String = "",
        sha256: [UInt8] = [],
        blockSize: Int64 = 0,
        notBefore: Int64 = 0,
        deadline: Int64 = 0,
        startJitterMs: Int64 = 0,
        maxBytesPerSecond: Int64 = 0,
        urls: [String] = [],
        rolloutID: String = "",
        labels: [Label] = [],
        revoked: Bool = false
    ) {
        self.fileName = fileName
        self.fileSize = fileSize
        self.fileID = fileID
        self.sha256 = sha256
        self.blockSize = blockSize
        self.notBefore = notBefore
        self.deadline = deadline
        self.startJitterMs = startJitterMs
        self.maxBytesPerSecond = maxBytesPerSecond
        self.urls = urls
        self.rolloutID = rolloutID
        self.labels = labels
        self.revoked = revoked
    }
}

extension FileNotice: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "FileNotice", crier__v1__file_notice__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__FileNotice) throws(WireError) {
        fileName = try c.file_name.string("FileNotice", "file_name")
        fileSize = c.file_size
        fileID = try c.file_id.string("FileNotice", "file_id")
        sha256 = c.sha256.bytes
        blockSize = c.block_size
        notBefore = c.not_before
        deadline = c.deadline
        startJitterMs = c.start_jitter_ms
        maxBytesPerSecond = c.max_bytes_per_second
        urls = try ProtobufCBinaryData.strings(c.urls, c.n_urls, "FileNotice", "urls")
        rolloutID = try c.rollout_id.string("FileNotice", "rollout_id")
        labels = try Label.read(c.labels, c.n_labels)
        revoked = c.revoked != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__FileNotice> {
        let c = scratch.make(crier__v1__file_notice__init)
        c.pointee.file_name = scratch.copy(fileName)
        c.pointee.file_size = fileSize
        c.pointee.file_id = scratch.copy(fileID)
        c.pointee.sha256 = scratch.copy(sha256)
        c.pointee.block_size = blockSize
        c.pointee.not_before = notBefore
        c.pointee.deadline = deadline
        c.pointee.start_jitter_ms = startJitterMs
        c.pointee.max_bytes_per_second = maxBytesPerSecond
        c.pointee.n_urls = urls.count
        c.pointee.urls = scratch.copy(urls)
        c.pointee.rollout_id = scratch.copy(rolloutID)
        c.pointee.n_labels = labels.count
        c.pointee.labels = scratch.copy(labels)
        c.pointee.revoked = revoked ? 1 : 0
        return c
    }
}
