import CCrierMessages

extension Etcd {
    /// What every answer begins with.
    public struct ResponseHeader: WireMessage {
        /// The cluster that answered.
        public var clusterID: UInt64
        /// The store's revision when the request was applied.
        public var revision: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(clusterID: UInt64 = 0, revision: Int64 = 0) {
            self.clusterID = clusterID
            self.revision = revision
        }
    }
}

extension Etcd.ResponseHeader: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "ResponseHeader", etcdserverpb__response_header__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__ResponseHeader) throws(WireError) {
        clusterID = c.cluster_id
        revision = c.revision
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__ResponseHeader> {
        let c = scratch.make(etcdserverpb__response_header__init)
        c.pointee.cluster_id = clusterID
        c.pointee.revision = revision
        return c
    }
}
