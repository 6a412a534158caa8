import CCrierMessages

extension Etcd {
    /// One request of a transaction.
    public struct RequestOp: WireMessage {
        /// Which one; nil: one that this program does not know.
        public var kind: Kind?

        /// A message with these fields; the defaults are those of the wire.
        public init(_ kind: Kind? = nil) {
            self.kind = kind
        }

        /// What it can be.
        public enum Kind: Sendable, Equatable {
            case range(RangeRequest)
            case put(PutRequest)
            case deleteRange(DeleteRangeRequest)
        }
    }
}

extension Etcd.RequestOp: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "RequestOp", etcdserverpb__request_op__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__RequestOp) throws(WireError) {
        kind = try Kind(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__RequestOp> {
        let c = scratch.make(etcdserverpb__request_op__init)
        kind?.fill(c, &scratch)
        return c
    }
}

extension Etcd.RequestOp.Kind {
    init?(_ c: Etcdserverpb__RequestOp) throws(WireError) {
        switch c.request_case {
        case ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_RANGE:
            guard let value = try Etcd.RangeRequest.read(c.request_range) else { return nil }
            self = .range(value)
        case ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_PUT:
            guard let value = try Etcd.PutRequest.read(c.request_put) else { return nil }
            self = .put(value)
        case ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE:
            guard let value = try Etcd.DeleteRangeRequest.read(c.request_delete_range) else { return nil }
            self = .deleteRange(value)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Etcdserverpb__RequestOp>, _ scratch: inout Scratch) {
        switch self {
        case .range(let value):
            c.pointee.request_case = ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_RANGE
            c.pointee.request_range = value.fill(&scratch)
        case .put(let value):
            c.pointee.request_case = ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_PUT
            c.pointee.request_put = value.fill(&scratch)
        case .deleteRange(let value):
            c.pointee.request_case = ETCDSERVERPB__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE
            c.pointee.request_delete_range = value.fill(&scratch)
        }
    }
}
