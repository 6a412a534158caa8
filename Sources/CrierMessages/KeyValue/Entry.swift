import CCrierMessages

/// A key with its value, and when it came to be so.
public struct Entry: WireMessage {
    /// The room that the key is in.
    public var namespace: String
    /// The key.
    public var key: String
    /// Absent in what tells of a deletion.
    public var value: Value?
    /// When the key was made, the last time that it was absent before.
    public var createRevision: UInt64
    /// Of the last change.
    public var revision: UInt64
    /// 1 for a new key, then one more with each change.
    public var version: UInt64
    /// Milliseconds since 1970.
    public var updatedAt: Int64
    /// The earliest moment at which it goes, in milliseconds since 1970; 0: never.
    public var expiresAt: Int64
    /// The lease that it goes with; 0: none.
    public var leaseID: UInt64
    /// Milliseconds of its own expiry, as the put asked for it; 0: none.
    public var ttlMs: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(
        namespace: String = "",
        key: String = "",
        value: Value? = nil,
        createRevision: UInt64 = 0,
        revision: UInt64 = 0,
        version: UInt64 = 0,
        updatedAt: Int64 = 0,
        expiresAt: Int64 = 0,
        leaseID: UInt64 = 0,
        ttlMs: Int64 = 0
    ) {
        self.namespace = namespace
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.revision = revision
        self.version = version
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.leaseID = leaseID
        self.ttlMs = ttlMs
    }
}

extension Entry: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Entry", crier__v1__entry__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withHandPacked(body)
    }

    init(_ c: Crier__V1__Entry) throws(WireError) {
        namespace = try c.namespace_.string("Entry", "namespace")
        key = try c.key.string("Entry", "key")
        value = try Value.read(c.value)
        createRevision = c.create_revision
        revision = c.revision
        version = c.version
        updatedAt = c.updated_at
        expiresAt = c.expires_at
        leaseID = c.lease_id
        ttlMs = c.ttl_ms
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Entry> {
        let c = scratch.make(crier__v1__entry__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        if let value { c.pointee.value = value.fill(&scratch) }
        c.pointee.create_revision = createRevision
        c.pointee.revision = revision
        c.pointee.version = version
        c.pointee.updated_at = updatedAt
        c.pointee.expires_at = expiresAt
        c.pointee.lease_id = leaseID
        c.pointee.ttl_ms = ttlMs
        return c
    }
}

extension Entry: HandPacked {
    var fieldsSize: Int {
        let names = FieldWriter.size(namespace) + FieldWriter.size(key) + FieldWriter.size(value)
        let revisions =
            FieldWriter.size(varint: createRevision) + FieldWriter.size(varint: revision)
            + FieldWriter.size(varint: version)
        let times =
            FieldWriter.size(signed: updatedAt) + FieldWriter.size(signed: expiresAt)
            + FieldWriter.size(varint: leaseID) + FieldWriter.size(signed: ttlMs)
        return names + revisions + times
    }

    func write(to writer: inout FieldWriter) {
        writer.put(1, namespace)
        writer.put(2, key)
        writer.put(3, value)
        writer.put(4, varint: createRevision)
        writer.put(5, varint: revision)
        writer.put(6, varint: version)
        writer.put(7, signed: updatedAt)
        writer.put(8, signed: expiresAt)
        writer.put(9, varint: leaseID)
        writer.put(10, signed: ttlMs)
    }
}
