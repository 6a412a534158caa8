import CCrierMessages

extension Etcd {
    /// A key with its value.
    public struct KeyValue: WireMessage {
        /// Its bytes.
        public var key: [UInt8]
        /// Of its creation, the last time.
        public var createRevision: Int64
        /// Of its last change.
        public var modRevision: Int64
        /// 1 for a new key; 0 in a deletion.
        public var version: Int64
        /// Its value.
        public var value: [UInt8]
        /// The lease that it is attached to; 0: none.
        public var lease: Int64

        /// A message with these fields; the defaults are those of the wire.
        public init(
            key: [UInt8] = [],
            createRevision: Int64 = 0,
            modRevision: Int64 = 0,
            version: Int64 = 0,
            value: [UInt8] = [],
            lease: Int64 = 0
        ) {
            self.key = key
            self.createRevision = createRevision
            self.modRevision = modRevision
            self.version = version
            self.value = value
            self.lease = lease
        }
    }
}

extension Etcd.KeyValue: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "KeyValue", etcdserverpb__key_value__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__KeyValue) throws(WireError) {
        key = c.key.bytes
        createRevision = c.create_revision
        modRevision = c.mod_revision
        version = c.version
        value = c.value.bytes
        lease = c.lease
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__KeyValue> {
        let c = scratch.make(etcdserverpb__key_value__init)
        c.pointee.key = scratch.copy(key)
        c.pointee.create_revision = createRevision
        c.pointee.mod_revision = modRevision
        c.pointee.version = version
        c.pointee.value = scratch.copy(value)
        c.pointee.lease = lease
        return c
    }
}

extension Etcd {
    /// What happened to a key.
    public struct Event: WireMessage {
        /// Put or deleted.
        public var type: EventType
        /// The key as it is now; of a deletion only the key and its revision.
        public var keyValue: KeyValue?

        /// A message with these fields; the defaults are those of the wire.
        public init(type: EventType = .put, keyValue: KeyValue? = nil) {
            self.type = type
            self.keyValue = keyValue
        }
    }
}

extension Etcd.Event: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Event", etcdserverpb__event__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__Event) throws(WireError) {
        type = Etcd.EventType(rawValue: Int32(bitPattern: c.type.rawValue))
        keyValue = try Etcd.KeyValue.read(c.kv)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__Event> {
        let c = scratch.make(etcdserverpb__event__init)
        c.pointee.type = .init(rawValue: UInt32(bitPattern: type.rawValue))
        if let keyValue { c.pointee.kv = keyValue.fill(&scratch) }
        return c
    }
}
