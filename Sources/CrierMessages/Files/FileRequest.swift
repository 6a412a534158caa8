import CCrierMessages

/// Asks for a file, a range of it, or what is known of it.
public struct FileRequest: WireMessage {
    /// "sha256:<64 hex digits>", or a name, which means the newest file of that name.
    public var fileID: String
    /// First byte wanted.
    public var offset: Int64
    /// 0: to the end.
    public var length: Int64
    /// FAILED_PRECONDITION, with the current digest, when the file is another one.
    public var ifSHA256: [UInt8]
    /// 0: the gateway's choice; 4 KiB to 1 MiB.
    public var maxChunkBytes: Int32
    /// The fastest allowed, in bytes a second; 0: no limit.
    public var maxBytesPerSecond: Int64
    /// How the chunks may be compressed.
    public var accept: [Compression]
    /// The notice that this pull answers.
    public var messageID: String
    /// The rollout that this belongs to; empty: none.
    public var rolloutID: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        fileID: String = "",
        offset: Int64 = 0,
        length: Int64 = 0,
        ifSHA256: [UInt8] = [],
        maxChunkBytes: Int32 = 0,
        maxBytesPerSecond: Int64 = 0,
        accept: [Compression] = [],
        messageID: String = "",
        rolloutID: String = ""
    ) {
        self.fileID = fileID
        self.offset = offset
        self.length = length
        self.ifSHA256 = ifSHA256
        self.maxChunkBytes = maxChunkBytes
        self.maxBytesPerSecond = maxBytesPerSecond
        self.accept = accept
        self.messageID = messageID
        self.rolloutID = rolloutID
    }
}

extension FileRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "FileRequest", crier__v1__file_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__FileRequest) throws(WireError) {
        fileID = try c.file_id.string("FileRequest", "file_id")
        offset = c.offset
        length = c.length
        ifSHA256 = c.if_sha256.bytes
        maxChunkBytes = c.max_chunk_bytes
        maxBytesPerSecond = c.max_bytes_per_second
        accept = UnsafeBufferPointer(start: c.accept, count: c.n_accept).map { Compression($0) }
        messageID = try c.message_id.string("FileRequest", "message_id")
        rolloutID = try c.rollout_id.string("FileRequest", "rollout_id")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__FileRequest> {
        let c = scratch.make(crier__v1__file_request__init)
        c.pointee.file_id = scratch.copy(fileID)
        c.pointee.offset = offset
        c.pointee.length = length
        c.pointee.if_sha256 = scratch.copy(ifSHA256)
        c.pointee.max_chunk_bytes = maxChunkBytes
        c.pointee.max_bytes_per_second = maxBytesPerSecond
        c.pointee.n_accept = accept.count
        c.pointee.accept = scratch.copy(values: accept.map(\.c))
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.rollout_id = scratch.copy(rolloutID)
        return c
    }
}
