import CCrierMessages

extension TransactRequest {
    /// One thing to do. A condition inside it is refused: it belongs among the guards.
    public struct Write: WireMessage {
        /// What is done.
        public var kind: Kind?

        /// A message with these fields; the defaults are those of the wire.
        public init(kind: Kind? = nil) {
            self.kind = kind
        }

        /// What a write can be.
        public enum Kind: Sendable, Equatable {
            indirect case put(PutRequest)
            indirect case delete(DeleteRequest)
            indirect case increment(IncrementRequest)
        }
    }
}

extension TransactRequest.Write: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TransactRequest.Write", nested: crier__v1__transact_request__write__init)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__TransactRequest__Write) throws(WireError) {
        kind = try Kind(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__TransactRequest__Write> {
        let c = scratch.make(crier__v1__transact_request__write__init)
        kind?.fill(c, &scratch)
        return c
    }
}

extension TransactRequest.Write.Kind {
    init?(_ c: Crier__V1__TransactRequest__Write) throws(WireError) {
        switch c.kind_case {
        case CRIER__V1__TRANSACT_REQUEST__WRITE__KIND_PUT:
            guard let put = try PutRequest.read(c.put) else { return nil }
            self = .put(put)
        case CRIER__V1__TRANSACT_REQUEST__WRITE__KIND_DELETE:
            guard let delete = try DeleteRequest.read(c.delete_) else { return nil }
            self = .delete(delete)
        case CRIER__V1__TRANSACT_REQUEST__WRITE__KIND_INCREMENT:
            guard let increment = try IncrementRequest.read(c.increment) else { return nil }
            self = .increment(increment)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Crier__V1__TransactRequest__Write>, _ scratch: inout Scratch) {
        switch self {
        case .put(let put):
            c.pointee.kind_case = CRIER__V1__TRANSACT_REQUEST__WRITE__KIND_PUT
            c.pointee.put = put.fill(&scratch)
        case .delete(let delete):
            c.pointee.kind_case = CRIER__V1__TRANSACT_REQUEST__WRITE__KIND_DELETE
            c.pointee.delete_ = delete.fill(&scratch)
        case .increment(let increment):
            c.pointee.kind_case = CRIER__V1__TRANSACT_REQUEST__WRITE__KIND_INCREMENT
            c.pointee.increment = increment.fill(&scratch)
        }
    }
}
