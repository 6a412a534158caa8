import CCrierMessages

extension TransactResponse {
    /// The first guard that did not hold.
    public struct Refusal: WireMessage {
        /// Its place among the request's guards.
        public var index: UInt32
        /// Its entry as it is; absent: there is none.
        public var current: Entry?

        /// A message with these fields; the defaults are those of the wire.
        public init(index: UInt32 = 0, current: Entry? = nil) {
            self.index = index
            self.current = current
        }
    }
}

extension TransactResponse.Refusal: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TransactResponse.Refusal", nested: crier__v1__transact_response__refusal__init)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__TransactResponse__Refusal) throws(WireError) {
        index = c.index
        current = try Entry.read(c.current)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__TransactResponse__Refusal> {
        let c = scratch.make(crier__v1__transact_response__refusal__init)
        c.pointee.index = index
        if let current { c.pointee.current = current.fill(&scratch) }
        return c
    }
}
