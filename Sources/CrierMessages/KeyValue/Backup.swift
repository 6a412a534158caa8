import CCrierMessages

/// Asks for a copy of everything, as it is now.
public struct BackupRequest: WireMessage {
    /// The message, which says all by being sent.
    public init() {}
}

extension BackupRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "BackupRequest", crier__v1__backup_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__BackupRequest) throws(WireError) {}

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__BackupRequest> {
        scratch.make(crier__v1__backup_request__init)
    }
}

/// A piece of a backup.
public struct BackupChunk: WireMessage {
    /// The next bytes.
    public var content: [UInt8]
    /// First chunk only: bytes of the whole. Fewer came: the backup was cut off.
    public var totalSize: UInt64

    /// A message with these fields; the defaults are those of the wire.
    public init(content: [UInt8] = [], totalSize: UInt64 = 0) {
        self.content = content
        self.totalSize = totalSize
    }
}

extension BackupChunk: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "BackupChunk", crier__v1__backup_chunk__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__BackupChunk) throws(WireError) {
        content = c.content.bytes
        totalSize = c.total_size
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__BackupChunk> {
        let c = scratch.make(crier__v1__backup_chunk__init)
        c.pointee.content = scratch.copy(content)
        c.pointee.total_size = totalSize
        return c
    }
}
