import CCrierMessages

/// Sets a key.
public struct PutRequest: WireMessage {
    /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
    public var namespace: String
    /// 1 to 512 bytes without control characters.
    public var key: String
    /// Needed.
    public var value: Value?
    /// ABORTED when it does not hold.
    public var condition: Condition?
    /// Milliseconds after which the entry goes; 0: no expiry.
    public var ttlMs: Int64
    /// The lease that the entry goes with; 0: none.
    public var leaseID: UInt64

    /// A message with these fields; the defaults are those of the wire.
    public init(
        namespace: String = "",
        key: String = "",
        value: Value? = nil,
        condition: Condition? = nil,
        ttlMs: Int64 = 0,
        leaseID: UInt64 = 0
    ) {
        self.namespace = namespace
        self.key = key
        self.value = value
        self.condition = condition
        self.ttlMs = ttlMs
        self.leaseID = leaseID
    }
}

extension PutRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        if let plain = Self(plain: bytes) {
            self = plain
            return
        }
        self = try Self.unpack(bytes, "PutRequest", crier__v1__put_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__PutRequest) throws(WireError) {
        namespace = try c.namespace_.string("PutRequest", "namespace")
        key = try c.key.string("PutRequest", "key")
        value = try Value.read(c.value)
        condition = try Condition.read(c.condition)
        ttlMs = c.ttl_ms
        leaseID = c.lease_id
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PutRequest> {
        let c = scratch.make(crier__v1__put_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        if let value { c.pointee.value = value.fill(&scratch) }
        if let condition { c.pointee.condition = condition.fill(&scratch) }
        c.pointee.ttl_ms = ttlMs
        c.pointee.lease_id = leaseID
        return c
    }
}

/// What a put or an increment did.
public struct PutResponse: WireMessage {
    /// As it is now.
    public var entry: Entry?
    /// As it was before; absent: there was none.
    public var previous: Entry?
    /// The revision of the write.
    public var position: Position?

    /// A message with these fields; the defaults are those of the wire.
    public init(entry: Entry? = nil, previous: Entry? = nil, position: Position? = nil) {
        self.entry = entry
        self.previous = previous
        self.position = position
    }
}

extension PutResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PutResponse", crier__v1__put_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withHandPacked(body)
    }

    init(_ c: Crier__V1__PutResponse) throws(WireError) {
        entry = try Entry.read(c.entry)
        previous = try Entry.read(c.previous)
        position = try Position.read(c.position)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PutResponse> {
        let c = scratch.make(crier__v1__put_response__init)
        if let entry { c.pointee.entry = entry.fill(&scratch) }
        if let previous { c.pointee.previous = previous.fill(&scratch) }
        if let position { c.pointee.position = position.fill(&scratch) }
        return c
    }
}

extension PutResponse: HandPacked {
    var fieldsSize: Int { FieldWriter.size(entry) + FieldWriter.size(previous) + FieldWriter.size(position) }

    func write(to writer: inout FieldWriter) {
        writer.put(1, entry)
        writer.put(2, previous)
        writer.put(3, position)
    }
}
