import CCrierMessages

/// Adds to an int, atomically.
public struct IncrementRequest: WireMessage {
    /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
    public var namespace: String
    /// 1 to 512 bytes without control characters.
    public var key: String
    /// What is added.
    public var by: Int64
    /// The value before the first increment of an absent key.
    public var initial: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(namespace: String = "", key: String = "", by: Int64 = 0, initial: Int64 = 0) {
        self.namespace = namespace
        self.key = key
        self.by = by
        self.initial = initial
    }
}

extension IncrementRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "IncrementRequest", crier__v1__increment_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__IncrementRequest) throws(WireError) {
        namespace = try c.namespace_.string("IncrementRequest", "namespace")
        key = try c.key.string("IncrementRequest", "key")
        by = c.by
        initial = c.initial
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__IncrementRequest> {
        let c = scratch.make(crier__v1__increment_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        c.pointee.by = by
        c.pointee.initial = initial
        return c
    }
}
