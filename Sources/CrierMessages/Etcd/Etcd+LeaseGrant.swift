import CCrierMessages

extension Etcd {
    /// Asks for a lease.
    public struct LeaseGrantRequest: WireMessage {
        /// How long it lives.
        public var seconds: Int64
        /// Its id; 0: the server chooses.
        public var id: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(seconds: Int64 = 0, id: Int64 = 0) {
            self.seconds = seconds
            self.id = id
        }
    }
}

extension Etcd.LeaseGrantRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseGrantRequest", etcdserverpb__lease_grant_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseGrantRequest) throws(WireError) {
        seconds = c.ttl
        id = c.id
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseGrantRequest> {
        let c = scratch.make(etcdserverpb__lease_grant_request__init)
        c.pointee.ttl = seconds
        c.pointee.id = id
        return c
    }
}

extension Etcd {
    /// A lease.
    public struct LeaseGrantResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// Its id.
        public var id: Int64
        /// How long it lives, at least what was asked for.
        public var seconds: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil, id: Int64 = 0, seconds: Int64 = 0) {
            self.header = header
            self.id = id
            self.seconds = seconds
        }
    }
}

extension Etcd.LeaseGrantResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseGrantResponse", etcdserverpb__lease_grant_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseGrantResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        id = c.id
        seconds = c.ttl
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseGrantResponse> {
        let c = scratch.make(etcdserverpb__lease_grant_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.id = id
        c.pointee.ttl = seconds
        return c
    }
}

extension Etcd {
    /// Ends a lease with its keys.
    public struct LeaseRevokeRequest: WireMessage {
        /// Its id.
        public var id: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(id: Int64 = 0) {
            self.id = id
        }
    }
}

extension Etcd.LeaseRevokeRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseRevokeRequest", etcdserverpb__lease_revoke_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseRevokeRequest) throws(WireError) {
        id = c.id
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseRevokeRequest> {
        let c = scratch.make(etcdserverpb__lease_revoke_request__init)
        c.pointee.id = id
        return c
    }
}

extension Etcd {
    /// It has ended.
    public struct LeaseRevokeResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil) {
            self.header = header
        }
    }
}

extension Etcd.LeaseRevokeResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseRevokeResponse", etcdserverpb__lease_revoke_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseRevokeResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseRevokeResponse> {
        let c = scratch.make(etcdserverpb__lease_revoke_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        return c
    }
}
