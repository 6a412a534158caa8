import CCrierMessages

extension Etcd {
    /// Renews a lease.
    public struct LeaseKeepAliveRequest: WireMessage {
        /// Its id.
        public var id: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(id: Int64 = 0) {
            self.id = id
        }
    }
}

extension Etcd.LeaseKeepAliveRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseKeepAliveRequest", etcdserverpb__lease_keep_alive_request__unpack,
            limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseKeepAliveRequest) throws(WireError) {
        id = c.id
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseKeepAliveRequest> {
        let c = scratch.make(etcdserverpb__lease_keep_alive_request__init)
        c.pointee.id = id
        return c
    }
}

extension Etcd {
    /// It is renewed, or gone.
    public struct LeaseKeepAliveResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// Its id.
        public var id: Int64
        /// Its whole time; 0: there is no such lease.
        public var seconds: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil, id: Int64 = 0, seconds: Int64 = 0) {
            self.header = header
            self.id = id
            self.seconds = seconds
        }
    }
}

extension Etcd.LeaseKeepAliveResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseKeepAliveResponse", etcdserverpb__lease_keep_alive_response__unpack,
            limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseKeepAliveResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        id = c.id
        seconds = c.ttl
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseKeepAliveResponse> {
        let c = scratch.make(etcdserverpb__lease_keep_alive_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.id = id
        c.pointee.ttl = seconds
        return c
    }
}

extension Etcd {
    /// Asks after a lease.
    public struct LeaseTimeToLiveRequest: WireMessage {
        /// Its id.
        public var id: Int64
        /// With its keys.
        public var keys: Bool

        /// A message with these fields; the defaults are those of the wire.
        public init(id: Int64 = 0, keys: Bool = false) {
            self.id = id
            self.keys = keys
        }
    }
}

extension Etcd.LeaseTimeToLiveRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseTimeToLiveRequest", etcdserverpb__lease_time_to_live_request__unpack,
            limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseTimeToLiveRequest) throws(WireError) {
        id = c.id
        keys = c.keys != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseTimeToLiveRequest> {
        let c = scratch.make(etcdserverpb__lease_time_to_live_request__init)
        c.pointee.id = id
        c.pointee.keys = keys ? 1 : 0
        return c
    }
}

extension Etcd {
    /// How a lease is.
    public struct LeaseTimeToLiveResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// Its id.
        public var id: Int64
        /// What is left; -1: there is no such lease.
        public var seconds: Int64
        /// Its whole time.
        public var grantedSeconds: Int64
        /// Its keys, if they were asked for.
        public var keys: [[UInt8]]

        /// A message with these fields; the defaults are those of the wire.
        public init(
            header: ResponseHeader? = nil,
            id: Int64 = 0,
            seconds: Int64 = 0,
            grantedSeconds: Int64 = 0,
            keys: [[UInt8]] = []
        ) {
            self.header = header
            self.id = id
            self.seconds = seconds
            self.grantedSeconds = grantedSeconds
            self.keys = keys
        }
    }
}

extension Etcd.LeaseTimeToLiveResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "LeaseTimeToLiveResponse", etcdserverpb__lease_time_to_live_response__unpack,
            limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__LeaseTimeToLiveResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        id = c.id
        seconds = c.ttl
        grantedSeconds = c.granted_ttl
        keys = ProtobufCBinaryData.items(c.keys, c.n_keys)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__LeaseTimeToLiveResponse> {
        let c = scratch.make(etcdserverpb__lease_time_to_live_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.id = id
        c.pointee.ttl = seconds
        c.pointee.granted_ttl = grantedSeconds
        c.pointee.n_keys = keys.count
        c.pointee.keys = scratch.copy(keys)
        return c
    }
}
