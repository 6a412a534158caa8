import CCrierMessages

/// Removes a key, or every key that begins with one.
public struct DeleteRequest: WireMessage {
    /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
    public var namespace: String
    /// The key, or what the keys begin with.
    public var key: String
    /// Every key that begins with `key`.
    public var prefix: Bool
    /// Of a single key; ABORTED when it does not hold.
    public var condition: Condition?

    /// A message with these fields; the defaults are those of the wire.
    public init(namespace: String = "", key: String = "", prefix: Bool = false, condition: Condition? = nil) {
        self.namespace = namespace
        self.key = key
        self.prefix = prefix
        self.condition = condition
    }
}

extension DeleteRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "DeleteRequest", crier__v1__delete_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__DeleteRequest) throws(WireError) {
        namespace = try c.namespace_.string("DeleteRequest", "namespace")
        key = try c.key.string("DeleteRequest", "key")
        prefix = c.prefix != 0
        condition = try Condition.read(c.condition)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__DeleteRequest> {
        let c = scratch.make(crier__v1__delete_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        c.pointee.prefix = prefix ? 1 : 0
        if let condition { c.pointee.condition = condition.fill(&scratch) }
        return c
    }
}

/// What a deletion did.
public struct DeleteResponse: WireMessage {
    /// How many entries.
    public var deleted: UInt64
    /// The revision of the deletion, or where the store stood when there was nothing to delete.
    public var position: Position?
    /// What a single key was; absent: there was none, or `prefix` was set.
    public var previous: Entry?

    /// A message with these fields; the defaults are those of the wire.
    public init(deleted: UInt64 = 0, position: Position? = nil, previous: Entry? = nil) {
        self.deleted = deleted
        self.position = position
        self.previous = previous
    }
}

extension DeleteResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "DeleteResponse", crier__v1__delete_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__DeleteResponse) throws(WireError) {
        deleted = c.deleted
        position = try Position.read(c.position)
        previous = try Entry.read(c.previous)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__DeleteResponse> {
        let c = scratch.make(crier__v1__delete_response__init)
        c.pointee.deleted = deleted
        if let position { c.pointee.position = position.fill(&scratch) }
        if let previous { c.pointee.previous = previous.fill(&scratch) }
        return c
    }
}
