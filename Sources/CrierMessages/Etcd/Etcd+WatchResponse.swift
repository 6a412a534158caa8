import CCrierMessages

extension Etcd {
    /// Changes, or the news of a watch.
    public struct WatchResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// The watch begins.
        public var created: Bool
        /// The watch has ended.
        public var cancelled: Bool
        /// With `cancelled`: what was asked for is compacted up to here.
        public var compactRevision: Int64
        /// With `cancelled`: why, for people.
        public var cancelReason: String
        /// More of the same comes in the next message.
        public var fragment: Bool
        /// In the order of revisions.
        public var events: [Event]

        /// A message with these fields; the defaults are those of the wire.
        public init(
            header: ResponseHeader? = nil,
            created: Bool = false,
            cancelled: Bool = false,
            compactRevision: Int64 = 0,
            cancelReason: String = "",
            fragment: Bool = false,
            events: [Event] = []
        ) {
            self.header = header
            self.created = created
            self.cancelled = cancelled
            self.compactRevision = compactRevision
            self.cancelReason = cancelReason
            self.fragment = fragment
            self.events = events
        }
    }
}

extension Etcd.WatchResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "WatchResponse", etcdserverpb__watch_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__WatchResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        created = c.created != 0
        cancelled = c.canceled != 0
        compactRevision = c.compact_revision
        cancelReason = try c.cancel_reason.string("WatchResponse", "cancel_reason")
        fragment = c.fragment != 0
        events = try Etcd.Event.read(c.events, c.n_events)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__WatchResponse> {
        let c = scratch.make(etcdserverpb__watch_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.created = created ? 1 : 0
        c.pointee.canceled = cancelled ? 1 : 0
        c.pointee.compact_revision = compactRevision
        c.pointee.cancel_reason = scratch.copy(cancelReason)
        c.pointee.fragment = fragment ? 1 : 0
        c.pointee.n_events = events.count
        c.pointee.events = scratch.copy(events)
        return c
    }
}
