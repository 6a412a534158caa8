import Synchronization

/// Counts reads and writes by key, at the price of an atomic addition for most of them: a shard counts its first
/// operations exactly, and then one in `KeyValueLimits.hotKeySampling`, which stands for the others.
final class HotKeyMeter: Sendable {
    /// Keys that share a counter of operations and a lock. Different keys seldom meet; one hot key meets only itself.
    private final class Shard: Sendable {
        private let operations = Atomic<UInt64>(0)
        private let sketch = Mutex(HotKeySketch())

        /// What the next operation counts for; 0: it is passed over.
        func nextWeight() -> UInt64 {
            let number = operations.wrappingAdd(1, ordering: .relaxed).newValue
            if number <= KeyValueLimits.hotKeyExactOperations { return 1 }
            return number.isMultiple(of: KeyValueLimits.hotKeySampling) ? KeyValueLimits.hotKeySampling : 0
        }

        func add(_ key: StoreKey, reads: UInt64 = 0, writes: UInt64 = 0) {
            sketch.withLock { $0.add(key, reads: reads, writes: writes) }
        }

        func counters(of namespace: StoreNamespace) -> [HotKeySketch.Counter] {
            sketch.withLock { $0.counters.filter { $0.key.namespace == namespace } }
        }
    }

    private let shards = (0..<KeyValueLimits.hotKeyShards).map { _ in Shard() }

    func read(_ key: StoreKey) {
        let shard = shard(of: key)
        let weight = shard.nextWeight()
        if weight > 0 { shard.add(key, reads: weight) }
    }

    func wrote(_ key: StoreKey) {
        let shard = shard(of: key)
        let weight = shard.nextWeight()
        if weight > 0 { shard.add(key, writes: weight) }
    }

    /// The busiest keys of the namespace, busiest first; at most `KeyValueLimits.hotKeys`.
    func hottest(in namespace: StoreNamespace) -> [StoreStatistics.HotKey] {
        var counters: [HotKeySketch.Counter] = []
        for shard in shards { counters += shard.counters(of: namespace).filter { $0.counted > 0 } }
        counters.sort { $0.counted == $1.counted ? $0.key < $1.key : $0.counted > $1.counted }
        return counters.prefix(KeyValueLimits.hotKeys)
            .map { StoreStatistics.HotKey(key: $0.key, reads: $0.reads, writes: $0.writes) }
    }

    /// By length and last bytes, in which keys differ most: cheaper than a hash of all of it.
    private func shard(of key: StoreKey) -> Shard {
        var hash = UInt(bitPattern: key.key.utf8.count)
        for byte in key.key.utf8.suffix(4) { hash = hash &* 31 &+ UInt(byte) }
        return shards[Int(hash % UInt(shards.count))]
    }
}
