import CCrierMessages

extension Etcd {
    /// Deletes the keys of a range.
    public struct DeleteRangeRequest: WireMessage {
        /// The first key.
        public var key: [UInt8]
        /// The first key behind the range; empty: only `key`.
        public var rangeEnd: [UInt8]
        /// Answer with what was there.
        public var previous: Bool

        /// A message with these fields; the defaults are those of the wire.
        public init(key: [UInt8] = [], rangeEnd: [UInt8] = [], previous: Bool = false) {
            self.key = key
            self.rangeEnd = rangeEnd
            self.previous = previous
        }
    }
}

extension Etcd.DeleteRangeRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "DeleteRangeRequest", etcdserverpb__delete_range_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__DeleteRangeRequest) throws(WireError) {
        key = c.key.bytes
        rangeEnd = c.range_end.bytes
        previous = c.prev_kv != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__DeleteRangeRequest> {
        let c = scratch.make(etcdserverpb__delete_range_request__init)
        c.pointee.key = scratch.copy(key)
        c.pointee.range_end = scratch.copy(rangeEnd)
        c.pointee.prev_kv = previous ? 1 : 0
        return c
    }
}

extension Etcd {
    /// What a deletion removed.
    public struct DeleteRangeResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// How many keys.
        public var deleted: Int64
        /// What was there, if it was asked for.
        public var previous: [KeyValue]

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil, deleted: Int64 = 0, previous: [KeyValue] = []) {
            self.header = header
            self.deleted = deleted
            self.previous = previous
        }
    }
}

extension Etcd.DeleteRangeResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "DeleteRangeResponse", etcdserverpb__delete_range_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__DeleteRangeResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        deleted = c.deleted
        previous = try Etcd.KeyValue.read(c.prev_kvs, c.n_prev_kvs)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__DeleteRangeResponse> {
        let c = scratch.make(etcdserverpb__delete_range_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.deleted = deleted
        c.pointee.n_prev_kvs = previous.count
        c.pointee.prev_kvs = scratch.copy(previous)
        return c
    }
}
