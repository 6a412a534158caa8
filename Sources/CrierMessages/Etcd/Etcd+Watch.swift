import CCrierMessages

extension Etcd {
    /// Begins a watch.
    public struct WatchCreateRequest: WireMessage {
        /// The first key.
        public var key: [UInt8]
        /// The first key behind the range.
        public var rangeEnd: [UInt8]
        /// The first revision to tell of; 0: from now on.
        public var startRevision: Int64
        /// Large messages may come in parts.
        public var fragment: Bool

        /// A message with these fields; the defaults are those of the wire.
        public init(key: [UInt8] = [], rangeEnd: [UInt8] = [], startRevision: Int64 = 0, fragment: Bool = false) {
            self.key = key
            self.rangeEnd = rangeEnd
            self.startRevision = startRevision
            self.fragment = fragment
        }
    }
}

extension Etcd.WatchCreateRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "WatchCreateRequest", etcdserverpb__watch_create_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__WatchCreateRequest) throws(WireError) {
        key = c.key.bytes
        rangeEnd = c.range_end.bytes
        startRevision = c.start_revision
        fragment = c.fragment != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__WatchCreateRequest> {
        let c = scratch.make(etcdserverpb__watch_create_request__init)
        c.pointee.key = scratch.copy(key)
        c.pointee.range_end = scratch.copy(rangeEnd)
        c.pointee.start_revision = startRevision
        c.pointee.fragment = fragment ? 1 : 0
        return c
    }
}
