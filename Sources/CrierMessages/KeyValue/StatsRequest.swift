import CCrierMessages

/// Asks what a namespace holds.
public struct StatsRequest: WireMessage {
    /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
    public var namespace: String

    /// A message with these fields; the defaults are those of the wire.
    public init(namespace: String = "") {
        self.namespace = namespace
    }
}

extension StatsRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "StatsRequest", crier__v1__stats_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__StatsRequest) throws(WireError) {
        namespace = try c.namespace_.string("StatsRequest", "namespace")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__StatsRequest> {
        let c = scratch.make(crier__v1__stats_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        return c
    }
}

/// What a namespace holds, and what is done with it on this node.
public struct StatsResponse: WireMessage {
    /// Entries.
    public var keys: UInt64
    /// Of keys and values, before compression.
    public var bytes: UInt64
    /// Watches that are open on this node.
    public var watchers: UInt64
    /// The busiest keys on this node, busiest first.
    public var hotKeys: [HotKey]

    /// A message with these fields; the defaults are those of the wire.
    public init(keys: UInt64 = 0, bytes: UInt64 = 0, watchers: UInt64 = 0, hotKeys: [HotKey] = []) {
        self.keys = keys
        self.bytes = bytes
        self.watchers = watchers
        self.hotKeys = hotKeys
    }
}

extension StatsResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "StatsResponse", crier__v1__stats_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__StatsResponse) throws(WireError) {
        keys = c.keys
        bytes = c.bytes
        watchers = c.watchers
        hotKeys = try HotKey.read(c.hot_keys, c.n_hot_keys)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__StatsResponse> {
        let c = scratch.make(crier__v1__stats_response__init)
        c.pointee.keys = keys
        c.pointee.bytes = bytes
        c.pointee.watchers = watchers
        c.pointee.n_hot_keys = hotKeys.count
        c.pointee.hot_keys = scratch.copy(hotKeys)
        return c
    }
}
