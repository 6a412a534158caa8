import CrierCore
import CrierMessages

/// What a transaction reads, all of it at one revision.
struct EtcdSnapshot: EntryReader {
    let position: StorePosition
    /// Present and absent keys that were read.
    private var entries: [StoreKey: StoreEntry?] = [:]
    private var scopes: [StoreScope: [StoreEntry]] = [:]
    /// What namespaces with a quota hold, and the revision at which it was noted.
    private(set) var usage: [StoreNamespace: NotedUsage] = [:]

    struct NotedUsage: Sendable, Equatable {
        var usage: StoreUsage
        /// 0: it was counted, and is not noted yet.
        var revision: Int64
    }

    init(at position: StorePosition) {
        self.position = position
    }

    mutating func add(_ key: StoreKey, _ entry: StoreEntry?) { entries[key] = .some(entry) }

    mutating func add(_ scope: StoreScope, _ found: [StoreEntry]) { scopes[scope] = found }

    mutating func add(_ namespace: StoreNamespace, _ noted: NotedUsage) { usage[namespace] = noted }

    /// Whether all of these were read.
    func knows(_ keys: Set<StoreKey>, _ wanted: [StoreScope]) -> Bool {
        keys.allSatisfy { entries[$0] != nil } && wanted.allSatisfy { scopes[$0] != nil }
    }

    func entry(for key: StoreKey) -> StoreEntry? { entries[key] ?? nil }

    func entries(in scope: StoreScope, limit: Int) -> [StoreEntry] { Array((scopes[scope] ?? []).prefix(limit)) }

    /// True while the key is as it was read. An absent key is at revision 0.
    func unchanged(_ key: StoreKey, _ layout: EtcdLayout) -> Etcd.Compare {
        Etcd.Compare(
            target: .modRevision(Int64(clamping: entry(for: key)?.revision ?? 0)), key: layout.bytes(key)
        )
    }

    /// True while nothing was put there since it was read.
    func unchanged(_ scope: StoreScope, _ layout: EtcdLayout) -> Etcd.Compare {
        let range = layout.range(scope)
        return Etcd.Compare(
            result: .less,
            target: .modRevision(Int64(clamping: position.revision + 1)),
            key: range.start,
            rangeEnd: range.end
        )
    }
}

extension StoreTransaction {
    /// What must be known to decide one of the branches.
    func keys(of branch: [StoreWrite]) -> Set<StoreKey> {
        var keys = Set(guards.map(\.key))
        for write in branch { if let key = write.key { keys.insert(key) } }
        return keys
    }
}

extension StoreWrite {
    /// The one key that it is about; nil: a prefix.
    var key: StoreKey? {
        switch self {
        case .put(let key, _, _), .delete(let key), .increment(let key, _, _): key
        case .deletePrefix: nil
        }
    }

    /// The keys that it removes; nil: it is about one.
    var scope: StoreScope? {
        guard case .deletePrefix(let namespace, let prefix) = self else { return nil }
        return StoreScope(namespace, prefix: prefix)
    }

    var namespace: StoreNamespace {
        switch self {
        case .put(let key, _, _), .delete(let key), .increment(let key, _, _): key.namespace
        case .deletePrefix(let namespace, _): namespace
        }
    }
}
