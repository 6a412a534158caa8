import CCrierMessages

extension StatsResponse {
    /// How often one key was asked for.
    public struct HotKey: WireMessage {
        /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
        public var namespace: String
        /// The key.
        public var key: String
        /// Reads of late.
        public var reads: UInt64
        /// Writes of late.
        public var writes: UInt64

        /// A message with these fields; the defaults are those of the wire.
        public init(namespace: String = "", key: String = "", reads: UInt64 = 0, writes: UInt64 = 0) {
            self.namespace = namespace
            self.key = key
            self.reads = reads
            self.writes = writes
        }
    }
}

extension StatsResponse.HotKey: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "StatsResponse.HotKey", nested: crier__v1__stats_response__hot_key__init)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__StatsResponse__HotKey) throws(WireError) {
        namespace = try c.namespace_.string("StatsResponse.HotKey", "namespace")
        key = try c.key.string("StatsResponse.HotKey", "key")
        reads = c.reads
        writes = c.writes
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__StatsResponse__HotKey> {
        let c = scratch.make(crier__v1__stats_response__hot_key__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        c.pointee.reads = reads
        c.pointee.writes = writes
        return c
    }
}
