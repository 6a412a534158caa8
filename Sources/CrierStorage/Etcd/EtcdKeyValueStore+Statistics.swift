public import CrierCore

/// etcd keeps no accounts: what a namespace holds is counted when somebody asks.
extension EtcdKeyValueStore {
    public func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        var reader = EtcdRangeReader(cluster, cluster.layout.range(StoreScope(namespace)))
        var usage = StoreUsage()
        while let entries = try await reader.next(limit: KeyValueLimits.maximumPageEntries) {
            for entry in entries { usage.add(entry) }
        }
        return StoreStatistics(usage: usage, watchers: hub.feed.watcherCount(of: namespace))
    }

    public func namespaces() async throws(KeyValueError) -> StoreNamespaceListing {
        var reader = EtcdRangeReader(cluster, cluster.layout.range(.everything))
        var found: [StoreNamespaceListing.Namespace] = []
        var usage = StoreUsage()
        var namespace: StoreNamespace?
        while let entries = try await reader.next(limit: KeyValueLimits.maximumPageEntries) {
            for entry in entries {
                if let last = namespace, last != entry.key.namespace {
                    found.append(StoreNamespaceListing.Namespace(namespace: last, usage: usage))
                    usage = StoreUsage()
                }
                namespace = entry.key.namespace
                usage.add(entry)
            }
        }
        if let namespace { found.append(StoreNamespaceListing.Namespace(namespace: namespace, usage: usage)) }
        let position = reader.position ?? StorePosition(epoch: cluster.identity.epoch, revision: 0)
        return StoreNamespaceListing(namespaces: found, position: position)
    }
}

extension StoreUsage {
    fileprivate mutating func add(_ entry: StoreEntry) {
        keys += 1
        bytes += entry.byteCount
    }
}
