import CCrierMessages

extension Etcd {
    /// What a client asks of a stream of watches.
    public struct WatchRequest: WireMessage {
        /// Which one; nil: one that this program does not know.
        public var kind: Kind?

        /// A message with these fields; the defaults are those of the wire.
        public init(_ kind: Kind? = nil) {
            self.kind = kind
        }

        /// What it can be.
        public enum Kind: Sendable, Equatable {
            case create(WatchCreateRequest)
        }
    }
}

extension Etcd.WatchRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "WatchRequest", etcdserverpb__watch_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__WatchRequest) throws(WireError) {
        kind = try Kind(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__WatchRequest> {
        let c = scratch.make(etcdserverpb__watch_request__init)
        kind?.fill(c, &scratch)
        return c
    }
}

extension Etcd.WatchRequest.Kind {
    init?(_ c: Etcdserverpb__WatchRequest) throws(WireError) {
        switch c.request_union_case {
        case ETCDSERVERPB__WATCH_REQUEST__REQUEST_UNION_CREATE_REQUEST:
            guard let value = try Etcd.WatchCreateRequest.read(c.create_request) else { return nil }
            self = .create(value)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Etcdserverpb__WatchRequest>, _ scratch: inout Scratch) {
        switch self {
        case .create(let value):
            c.pointee.request_union_case = ETCDSERVERPB__WATCH_REQUEST__REQUEST_UNION_CREATE_REQUEST
            c.pointee.create_request = value.fill(&scratch)
        }
    }
}
