import CrierCore
import CrierMessages

extension EtcdTransactor {
    /// Everything that decides a branch, at one revision.
    func read(
        _ transaction: StoreTransaction,
        _ branch: [StoreWrite]
    ) async throws(KeyValueError) -> EtcdSnapshot {
        let keys = transaction.keys(of: branch).sorted()
        let request = Etcd.TxnRequest(success: ranges(keys))
        let found = try await cluster.ask(EtcdMethods.transact, request)
        var snapshot = try snapshot(found.answer.responses, keys, found.position)
        for scope in branch.compactMap(\.scope) {
            snapshot.add(scope, try await doomed(scope, at: found.position.revision))
        }
        for namespace in namespacesWithQuota(branch).sorted() {
            snapshot.add(namespace, try await usage(namespace, at: found.position.revision))
        }
        return snapshot
    }

    /// The epoch, and single keys.
    func ranges(_ keys: [StoreKey]) -> [Etcd.RequestOp] {
        [Etcd.RequestOp(.range(Etcd.RangeRequest(key: layout.epoch, keysOnly: true)))]
            + keys.map { Etcd.RequestOp(.range(Etcd.RangeRequest(key: layout.bytes($0)))) }
    }

    /// What `ranges` found. Throws `unavailable` when the epoch is another one.
    func snapshot(
        _ responses: [Etcd.ResponseOp],
        _ keys: [StoreKey],
        _ position: StorePosition
    ) throws(KeyValueError) -> EtcdSnapshot {
        guard case .range(let epoch) = responses.first?.kind,
            epoch.keyValues.first?.modRevision == cluster.identity.epochRevision
        else { throw KeyValueError(.unavailable, "the store was replaced by another one: its epoch changes") }
        var snapshot = EtcdSnapshot(at: position)
        for (key, found) in zip(keys, try EtcdCluster.keyValues(responses.dropFirst(), keys.count)) {
            var entry: StoreEntry?
            if let found { entry = try EtcdEntryCoder.entry(found, key) }
            snapshot.add(key, entry)
        }
        return snapshot
    }

    /// What a prefix deletion removes, and one more than it may.
    func doomed(_ scope: StoreScope, at revision: UInt64) async throws(KeyValueError) -> [StoreEntry] {
        let limit = KeyValueLimits.prefixDeletionKeys + 1
        var reader = EtcdRangeReader(cluster, layout.range(scope), at: revision)
        var entries: [StoreEntry] = []
        while entries.count < limit, let more = try await reader.next(limit: limit - entries.count) {
            entries += more
        }
        return entries
    }

    /// What is noted of a namespace with a quota; nothing is: what it holds.
    private func usage(
        _ namespace: StoreNamespace,
        at revision: UInt64
    ) async throws(KeyValueError) -> EtcdSnapshot.NotedUsage {
        let request = Etcd.RangeRequest(key: layout.usage(of: namespace), revision: Int64(clamping: revision))
        let found = try await cluster.ask(EtcdMethods.range, request).answer
        if let noted = found.keyValues.first, let usage = StoreUsage(noted: noted.value) {
            return EtcdSnapshot.NotedUsage(usage: usage, revision: noted.modRevision)
        }
        let usage = try await count(namespace, at: revision)
        return EtcdSnapshot.NotedUsage(usage: usage, revision: found.keyValues.first?.modRevision ?? 0)
    }
}

extension StoreUsage {
    /// `<keys> <bytes>`, for people too.
    var note: [UInt8] { Array("\(keys) \(bytes)".utf8) }

    init?(noted bytes: [UInt8]) {
        let numbers = String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else { return nil }
        self.init(keys: numbers[0], bytes: numbers[1])
    }
}
