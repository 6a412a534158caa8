import CCrierMessages

extension Etcd {
    /// Comparisons, and what to do when all hold, or else: at one revision.
    public struct TxnRequest: WireMessage {
        /// All must hold for `success`.
        public var compare: [Compare]
        /// Done when they do.
        public var success: [RequestOp]
        /// Done when one does not.
        public var failure: [RequestOp]

        /// A message with these fields; the defaults are those of the wire.
        public init(compare: [Compare] = [], success: [RequestOp] = [], failure: [RequestOp] = []) {
            self.compare = compare
            self.success = success
            self.failure = failure
        }
    }
}

extension Etcd.TxnRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TxnRequest", etcdserverpb__txn_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__TxnRequest) throws(WireError) {
        compare = try Etcd.Compare.read(c.compare, c.n_compare)
        success = try Etcd.RequestOp.read(c.success, c.n_success)
        failure = try Etcd.RequestOp.read(c.failure, c.n_failure)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__TxnRequest> {
        let c = scratch.make(etcdserverpb__txn_request__init)
        c.pointee.n_compare = compare.count
        c.pointee.compare = scratch.copy(compare)
        c.pointee.n_success = success.count
        c.pointee.success = scratch.copy(success)
        c.pointee.n_failure = failure.count
        c.pointee.failure = scratch.copy(failure)
        return c
    }
}

extension Etcd {
    /// What a transaction did.
    public struct TxnResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// Every comparison held.
        public var succeeded: Bool
        /// Of the requests that were done, in order.
        public var responses: [ResponseOp]

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil, succeeded: Bool = false, responses: [ResponseOp] = []) {
            self.header = header
            self.succeeded = succeeded
            self.responses = responses
        }
    }
}

extension Etcd.TxnResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TxnResponse", etcdserverpb__txn_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__TxnResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        succeeded = c.succeeded != 0
        responses = try Etcd.ResponseOp.read(c.responses, c.n_responses)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__TxnResponse> {
        let c = scratch.make(etcdserverpb__txn_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.succeeded = succeeded ? 1 : 0
        c.pointee.n_responses = responses.count
        c.pointee.responses = scratch.copy(responses)
        return c
    }
}
