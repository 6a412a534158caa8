/// Until every driver has them.
extension KeyValueStore {
    public func immediateRead(of key: StoreKey) -> StoreRead? { nil }

    public func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead { throw .unfinished }

    public func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory { throw .unfinished }

    public func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        throw .unfinished
    }

    public func namespaces() async throws(KeyValueError) -> StoreNamespaceListing { throw .unfinished }

    public func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease { throw .unfinished }

    public func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease { throw .unfinished }

    public func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease { throw .unfinished }

    public func backup() async throws(KeyValueError) -> any StoreBackup { throw .unfinished }
}

extension KeyValueError {
    fileprivate static let unfinished = KeyValueError(.unavailable, "this store does not do that")
}
