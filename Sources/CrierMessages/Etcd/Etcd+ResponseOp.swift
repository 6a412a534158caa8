import CCrierMessages

extension Etcd {
    /// The answer to one request of a transaction.
    public struct ResponseOp: WireMessage {
        /// Which one; nil: one that this program does not know.
        public var kind: Kind?

        /// A message with these fields; the defaults are those of the wire.
        public init(_ kind: Kind? = nil) {
            self.kind = kind
        }

        /// What it can be.
        public enum Kind: Sendable, Equatable {
            case range(RangeResponse)
            case put(PutResponse)
            case deleteRange(DeleteRangeResponse)
        }
    }
}

extension Etcd.ResponseOp: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ResponseOp", etcdserverpb__response_op__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__ResponseOp) throws(WireError) {
        kind = try Kind(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__ResponseOp> {
        let c = scratch.make(etcdserverpb__response_op__init)
        kind?.fill(c, &scratch)
        return c
    }
}

extension Etcd.ResponseOp.Kind {
    init?(_ c: Etcdserverpb__ResponseOp) throws(WireError) {
        switch c.response_case {
        case ETCDSERVERPB__RESPONSE_OP__RESPONSE_RESPONSE_RANGE:
            guard let value = try Etcd.RangeResponse.read(c.response_range) else { return nil }
            self = .range(value)
        case ETCDSERVERPB__RESPONSE_OP__RESPONSE_RESPONSE_PUT:
            guard let value = try Etcd.PutResponse.read(c.response_put) else { return nil }
            self = .put(value)
        case ETCDSERVERPB__RESPONSE_OP__RESPONSE_RESPONSE_DELETE_RANGE:
            guard let value = try Etcd.DeleteRangeResponse.read(c.response_delete_range) else { return nil }
            self = .deleteRange(value)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Etcdserverpb__ResponseOp>, _ scratch: inout Scratch) {
        switch self {
        case .range(let value):
            c.pointee.response_case = ETCDSERVERPB__RESPONSE_OP__RESPONSE_RESPONSE_RANGE
            c.pointee.response_range = value.fill(&scratch)
        case .put(let value):
            c.pointee.response_case = ETCDSERVERPB__RESPONSE_OP__RESPONSE_RESPONSE_PUT
            c.pointee.response_put = value.fill(&scratch)
        case .deleteRange(let value):
            c.pointee.response_case = ETCDSERVERPB__RESPONSE_OP__RESPONSE_RESPONSE_DELETE_RANGE
            c.pointee.response_delete_range = value.fill(&scratch)
        }
    }
}
