import CCrierMessages

extension Etcd {
    /// Forgets what was before a revision.
    public struct CompactionRequest: WireMessage {
        /// The oldest that stays readable.
        public var revision: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(revision: Int64 = 0) {
            self.revision = revision
        }
    }
}

extension Etcd.CompactionRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "CompactionRequest", etcdserverpb__compaction_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__CompactionRequest) throws(WireError) {
        revision = c.revision
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__CompactionRequest> {
        let c = scratch.make(etcdserverpb__compaction_request__init)
        c.pointee.revision = revision
        return c
    }
}

extension Etcd {
    /// It is forgotten.
    public struct CompactionResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil) {
            self.header = header
        }
    }
}

extension Etcd.CompactionResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "CompactionResponse", etcdserverpb__compaction_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__CompactionResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__CompactionResponse> {
        let c = scratch.make(etcdserverpb__compaction_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        return c
    }
}
