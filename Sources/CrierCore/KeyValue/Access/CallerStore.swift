/// The key-value state as one caller may see and change it. Every method throws `denied`, besides what the port says,
/// when the policy does not allow it, or for a write to a reserved namespace from outside.
///
/// Whoever knows a lease can renew it, revoke it and write with it: leases cannot be guessed, and an entry shows its
/// lease only to those who may write where it is. So nobody can delete by a lease what they could not delete anyway.
public struct CallerStore: KeyValueStore {
    let access: KeyValueAccess
    public let caller: Caller

    // MARK: Reads

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        try check(.read, key.namespace)
        access.hotKeys.read(key)
        return shown(try await access.store.get(key, consistency: consistency))
    }

    public func immediateRead(of key: StoreKey) -> StoreRead? {
        guard allows(.read, key.namespace), let read = access.store.immediateRead(of: key) else { return nil }
        access.hotKeys.read(key)
        return shown(read)
    }

    public func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead {
        try check(.read, key.namespace)
        access.hotKeys.read(key)
        return shown(try await access.store.get(key, at: revision))
    }

    /// Of all namespaces: those that the caller may read.
    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        guard let namespace = request.scope.namespace else { return try await listAll(request) }
        try check(.read, namespace)
        return shown(try await access.store.list(request))
    }

    public func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory {
        try check(.read, key.namespace)
        let history = try await access.store.history(of: key, limit: limit)
        return StoreHistory(changes: history.changes.map(shown), position: history.position)
    }

    /// Of all namespaces: those that the caller may read.
    public func watch(_ scope: StoreScope, after position: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        if let namespace = scope.namespace { try check(.read, namespace) } else { try checkSome(.read) }
        let watch = try await access.store.watch(scope, after: position)
        // Without a need for it nothing stands between: change sets keep what is shared of them.
        let needsNoFilter = scope.namespace.map(mayWrite) ?? (caller.origin == .gateway)
        return needsNoFilter ? watch : StoreWatch(CallerWatchSource(watch, self))
    }

    // MARK: Writes

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        do throws(KeyValueError) {
            try check(transaction)
        } catch {
            return completion(.failure(error))
        }
        for write in transaction.then {
            if let key = write.key { access.hotKeys.wrote(key) }
        }
        let showsAll = transaction.guards.allSatisfy { mayWrite($0.key.namespace) }
        if showsAll { return access.store.submit(transaction, completion: completion) }
        access.store.submit(transaction) { result in completion(result.map(shown)) }
    }

    // MARK: Leases

    public func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try checkSome(.write)
        return try await access.store.grantLease(milliseconds: milliseconds)
    }

    public func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try checkSome(.write)
        return try await access.store.renewLease(id)
    }

    @discardableResult
    public func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try checkSome(.write)
        return try await access.store.revokeLease(id)
    }

    // MARK: The whole

    /// With the keys that callers used most.
    public func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        try check(.read, namespace)
        var statistics = try await access.store.statistics(of: namespace)
        statistics.hotKeys = access.hotKeys.hottest(in: namespace)
        return statistics
    }

    /// Only the namespaces that the caller may read.
    public func namespaces() async throws(KeyValueError) -> StoreNamespaceListing {
        try checkSome(.read)
        let all = try await access.store.namespaces()
        let visible = all.namespaces.filter { allows(.read, $0.namespace) }
        return StoreNamespaceListing(namespaces: visible, position: all.position)
    }

    public func backup() async throws(KeyValueError) -> any StoreBackup {
        try check(.operate, nil)
        return try await access.store.backup()
    }
}

extension StoreWrite {
    /// Where it writes.
    var namespace: StoreNamespace {
        switch self {
        case .put(let key, _, _), .delete(let key), .increment(let key, _, _): key.namespace
        case .deletePrefix(let namespace, _): namespace
        }
    }

    /// The one key that it writes; nil for a prefix.
    var key: StoreKey? {
        switch self {
        case .put(let key, _, _), .delete(let key), .increment(let key, _, _): key
        case .deletePrefix: nil
        }
    }
}
