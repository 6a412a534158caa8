import CCrierMessages

extension Etcd {
    /// Sets a key.
    public struct PutRequest: WireMessage {
        /// Its bytes.
        public var key: [UInt8]
        /// Its value.
        public var value: [UInt8]
        /// The lease to attach it to; 0: none.
        public var lease: Int64
        /// Answer with what was there.
        public var previous: Bool
        /// Leave it on the lease that it has.
        public var ignoreLease: Bool

        /// A message with these fields; the defaults are those of the wire.
        public init(
            key: [UInt8] = [],
            value: [UInt8] = [],
            lease: Int64 = 0,
            previous: Bool = false,
            ignoreLease: Bool = false
        ) {
            self.key = key
            self.value = value
            self.lease = lease
            self.previous = previous
            self.ignoreLease = ignoreLease
        }
    }
}

extension Etcd.PutRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PutRequest", etcdserverpb__put_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__PutRequest) throws(WireError) {
        key = c.key.bytes
        value = c.value.bytes
        lease = c.lease
        previous = c.prev_kv != 0
        ignoreLease = c.ignore_lease != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__PutRequest> {
        let c = scratch.make(etcdserverpb__put_request__init)
        c.pointee.key = scratch.copy(key)
        c.pointee.value = scratch.copy(value)
        c.pointee.lease = lease
        c.pointee.prev_kv = previous ? 1 : 0
        c.pointee.ignore_lease = ignoreLease ? 1 : 0
        return c
    }
}

extension Etcd {
    /// What a put replaced.
    public struct PutResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// What was there, if it was asked for.
        public var previous: KeyValue?

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil, previous: KeyValue? = nil) {
            self.header = header
            self.previous = previous
        }
    }
}

extension Etcd.PutResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PutResponse", etcdserverpb__put_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__PutResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        previous = try Etcd.KeyValue.read(c.prev_kv)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__PutResponse> {
        let c = scratch.make(etcdserverpb__put_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        if let previous { c.pointee.prev_kv = previous.fill(&scratch) }
        return c
    }
}
