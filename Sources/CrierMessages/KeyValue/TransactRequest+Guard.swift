import CCrierMessages

extension TransactRequest {
    /// What must be true of one key.
    public struct Guard: WireMessage {
        /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
        public var namespace: String
        /// 1 to 512 bytes without control characters.
        public var key: String
        /// Needed.
        public var condition: Condition?

        /// A message with these fields; the defaults are those of the wire.
        public init(namespace: String = "", key: String = "", condition: Condition? = nil) {
            self.namespace = namespace
            self.key = key
            self.condition = condition
        }
    }
}

extension TransactRequest.Guard: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TransactRequest.Guard", nested: crier__v1__transact_request__guard__init)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__TransactRequest__Guard) throws(WireError) {
        namespace = try c.namespace_.string("TransactRequest.Guard", "namespace")
        key = try c.key.string("TransactRequest.Guard", "key")
        condition = try Condition.read(c.condition)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__TransactRequest__Guard> {
        let c = scratch.make(crier__v1__transact_request__guard__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        if let condition { c.pointee.condition = condition.fill(&scratch) }
        return c
    }
}
