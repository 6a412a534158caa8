import CCrierMessages

/// Where a store stands. Revisions of one epoch only grow; in another epoch every watcher must read again.
public struct Position: WireMessage {
    /// Changes after a restore from a backup, and whenever writes may have been lost.
    public var epoch: UInt64
    /// One more with each write.
    public var revision: UInt64

    /// A message with these fields; the defaults are those of the wire.
    public init(epoch: UInt64 = 0, revision: UInt64 = 0) {
        self.epoch = epoch
        self.revision = revision
    }
}

extension Position: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Position", crier__v1__position__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withHandPacked(body)
    }

    init(_ c: Crier__V1__Position) throws(WireError) {
        epoch = c.epoch
        revision = c.revision
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Position> {
        let c = scratch.make(crier__v1__position__init)
        c.pointee.epoch = epoch
        c.pointee.revision = revision
        return c
    }
}

extension Position: HandPacked {
    var fieldsSize: Int { FieldWriter.size(varint: epoch) + FieldWriter.size(varint: revision) }

    func write(to writer: inout FieldWriter) {
        writer.put(1, varint: epoch)
        writer.put(2, varint: revision)
    }
}
