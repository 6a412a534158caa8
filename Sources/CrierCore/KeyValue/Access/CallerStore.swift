/// The key-value state as one caller may see and change it. Every method throws `denied`, besides what the port says,
/// when the policy does not allow it, or for a write to a reserved namespace from outside.
public struct CallerStore: KeyValueStore {
    let access: KeyValueAccess
    public let caller: Caller

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        try check(.read, key.namespace)
        return try await access.store.get(key, consistency: consistency)
    }

    public func immediateRead(of key: StoreKey) -> StoreRead? {
        guard allows(.read, key.namespace) else { return nil }
        return access.store.immediateRead(of: key)
    }

    public func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead {
        try check(.read, key.namespace)
        return try await access.store.get(key, at: revision)
    }

    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        try check(.read, request.scope.namespace)
        return try await access.store.list(request)
    }

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        do throws(KeyValueError) {
            try check(transaction)
        } catch {
            return completion(.failure(error))
        }
        access.store.submit(transaction, completion: completion)
    }

    public func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory {
        try check(.read, key.namespace)
        return try await access.store.history(of: key, limit: limit)
    }

    public func watch(_ scope: StoreScope, after position: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        try check(.read, scope.namespace)
        return try await access.store.watch(scope, after: position)
    }

    public func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        try check(.read, namespace)
        return try await access.store.statistics(of: namespace)
    }

    /// Only the namespaces that the caller may read.
    public func namespaces() async throws(KeyValueError) -> StoreNamespaceListing {
        let all = try await access.store.namespaces()
        let visible = all.namespaces.filter { allows(.read, $0.namespace) }
        return StoreNamespaceListing(namespaces: visible, position: all.position)
    }

    public func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try check(.write, nil)
        return try await access.store.grantLease(milliseconds: milliseconds)
    }

    public func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try check(.write, nil)
        return try await access.store.renewLease(id)
    }

    public func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try check(.write, nil)
        return try await access.store.revokeLease(id)
    }

    public func backup() async throws(KeyValueError) -> any StoreBackup {
        try check(.operate, nil)
        return try await access.store.backup()
    }

    private func check(_ transaction: StoreTransaction) throws(KeyValueError) {
        for test in transaction.guards { try check(.read, test.key.namespace) }
        for write in transaction.then + transaction.otherwise {
            let namespace = write.namespace
            guard !namespace.isReserved || caller.origin == .gateway else {
                throw KeyValueError(
                    .denied,
                    "namespace \(namespace) belongs to the gateway: names that begin with _ are not written from outside"
                )
            }
            try check(.write, namespace)
        }
    }

    private func check(_ operation: StoreOperation, _ namespace: StoreNamespace?) throws(KeyValueError) {
        guard !allows(operation, namespace) else { return }
        let room = namespace.map { "namespace \($0)" } ?? "all namespaces"
        throw KeyValueError(.denied, "\(caller.address) may not \(operation.rawValue) \(room)")
    }

    private func allows(_ operation: StoreOperation, _ namespace: StoreNamespace?) -> Bool {
        caller.origin == .gateway || access.policy.allows(operation, on: namespace, by: caller)
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
}
