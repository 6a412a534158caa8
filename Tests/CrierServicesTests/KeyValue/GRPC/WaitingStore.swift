import CrierCore
import Synchronization

/// A store that knows nothing without waiting, and makes backups of given pieces. For the rest the one behind it.
struct WaitingStore: KeyValueStore {
    let store: MemoryKeyValueStore
    var pieces: [[UInt8]] = []

    func immediateRead(of key: StoreKey) -> StoreRead? { nil }

    func backup() async throws(KeyValueError) -> any StoreBackup { GivenBackup(pieces) }

    func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        guard key.key != "lost" else { throw KeyValueError(.indeterminate, "it may be there or not") }
        return try await store.get(key, consistency: consistency)
    }

    func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead {
        try await store.get(key, at: revision)
    }

    func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage { try await store.list(request) }

    func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        store.submit(transaction, completion: completion)
    }

    func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory {
        try await store.history(of: key, limit: limit)
    }

    func watch(_ scope: StoreScope, after position: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        try await store.watch(scope, after: position)
    }

    func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        try await store.statistics(of: namespace)
    }

    func namespaces() async throws(KeyValueError) -> StoreNamespaceListing { try await store.namespaces() }

    func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try await store.grantLease(milliseconds: milliseconds)
    }

    func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease { try await store.renewLease(id) }

    func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease { try await store.revokeLease(id) }
}

private final class GivenBackup: StoreBackup {
    let byteCount: Int64
    private let rest: Mutex<[[UInt8]]>

    init(_ pieces: [[UInt8]]) {
        byteCount = Int64(pieces.reduce(0) { $0 + $1.count })
        rest = Mutex(pieces)
    }

    func next() async throws(KeyValueError) -> [UInt8]? {
        rest.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
