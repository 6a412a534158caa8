public import CrierCore

extension EtcdKeyValueStore {
    public func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try await leases.grant(milliseconds: milliseconds)
    }

    public func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try await leases.renew(id)
    }

    @discardableResult
    public func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try await leases.revoke(id)
    }
}
