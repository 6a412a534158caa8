import CCrierMessages

extension Etcd {
    /// Asks for the keys of a range.
    public struct RangeRequest: WireMessage {
        /// The first key.
        public var key: [UInt8]
        /// The first key behind the range; empty: only `key`.
        public var rangeEnd: [UInt8]
        /// Keys at most; 0: all.
        public var limit: Int64
        /// The state to read; 0: the newest.
        public var revision: Int64
        /// The member may answer from its own, older, state.
        public var serializable: Bool
        /// Without values.
        public var keysOnly: Bool
        /// Nothing but the count.
        public var countOnly: Bool

        /// A message with these fields; the defaults are those of the wire.
        public init(
            key: [UInt8] = [],
            rangeEnd: [UInt8] = [],
            limit: Int64 = 0,
            revision: Int64 = 0,
            serializable: Bool = false,
            keysOnly: Bool = false,
            countOnly: Bool = false
        ) {
            self.key = key
            self.rangeEnd = rangeEnd
            self.limit = limit
            self.revision = revision
            self.serializable = serializable
            self.keysOnly = keysOnly
            self.countOnly = countOnly
        }
    }
}

extension Etcd.RangeRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "RangeRequest", etcdserverpb__range_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__RangeRequest) throws(WireError) {
        key = c.key.bytes
        rangeEnd = c.range_end.bytes
        limit = c.limit
        revision = c.revision
        serializable = c.serializable != 0
        keysOnly = c.keys_only != 0
        countOnly = c.count_only != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__RangeRequest> {
        let c = scratch.make(etcdserverpb__range_request__init)
        c.pointee.key = scratch.copy(key)
        c.pointee.range_end = scratch.copy(rangeEnd)
        c.pointee.limit = limit
        c.pointee.revision = revision
        c.pointee.serializable = serializable ? 1 : 0
        c.pointee.keys_only = keysOnly ? 1 : 0
        c.pointee.count_only = countOnly ? 1 : 0
        return c
    }
}

extension Etcd {
    /// Keys in order.
    public struct RangeResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// What was found.
        public var keyValues: [KeyValue]
        /// The limit left some out.
        public var more: Bool
        /// Keys in the range, whatever the limit.
        public var count: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil, keyValues: [KeyValue] = [], more: Bool = false, count: Int64 = 0) {
            self.header = header
            self.keyValues = keyValues
            self.more = more
            self.count = count
        }
    }
}

extension Etcd.RangeResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "RangeResponse", etcdserverpb__range_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__RangeResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        keyValues = try Etcd.KeyValue.read(c.kvs, c.n_kvs)
        more = c.more != 0
        count = c.count
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__RangeResponse> {
        let c = scratch.make(etcdserverpb__range_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.n_kvs = keyValues.count
        c.pointee.kvs = scratch.copy(keyValues)
        c.pointee.more = more ? 1 : 0
        c.pointee.count = count
        return c
    }
}
