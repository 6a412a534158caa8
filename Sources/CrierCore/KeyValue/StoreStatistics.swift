/// What a namespace holds, and what is done with it on this node.
public struct StoreStatistics: Sendable, Equatable {
    public var usage: StoreUsage
    /// Watches of this namespace alone that are open on this node.
    public var watchers: Int
    /// The keys that were read and written most on this node of late, busiest first; at most `KeyValueLimits.hotKeys`.
    public var hotKeys: [HotKey]

    public init(usage: StoreUsage = StoreUsage(), watchers: Int = 0, hotKeys: [HotKey] = []) {
        self.usage = usage
        self.watchers = watchers
        self.hotKeys = hotKeys
    }

    public struct HotKey: Sendable, Equatable {
        public let key: StoreKey
        public let reads: UInt64
        public let writes: UInt64

        public init(key: StoreKey, reads: UInt64, writes: UInt64) {
            self.key = key
            self.reads = reads
            self.writes = writes
        }
    }
}

/// How much a namespace holds: what its quota counts.
public struct StoreUsage: Sendable, Equatable {
    public var keys: Int
    /// Bytes of keys and values, before compression.
    public var bytes: Int

    public init(keys: Int = 0, bytes: Int = 0) {
        self.keys = keys
        self.bytes = bytes
    }
}

/// The namespaces that hold anything, in order.
public struct StoreNamespaceListing: Sendable, Equatable {
    public struct Namespace: Sendable, Equatable {
        public let namespace: StoreNamespace
        public let usage: StoreUsage

        public init(namespace: StoreNamespace, usage: StoreUsage) {
            self.namespace = namespace
            self.usage = usage
        }
    }

    public let namespaces: [Namespace]
    public let position: StorePosition

    public init(namespaces: [Namespace], position: StorePosition) {
        self.namespaces = namespaces
        self.position = position
    }
}
