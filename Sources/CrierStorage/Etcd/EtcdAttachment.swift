import CrierCore

/// The leases of etcd that the entries of one transaction are put on.
struct EtcdAttachment: Sendable {
    /// Those of entries with an expiry of their own, by its milliseconds.
    private(set) var timed: [Int64: EtcdTimedLeases.Timed] = [:]

    /// Grants what is missing. Throws `leaseNotFound` for a lease that cannot be.
    init(_ writes: [StoreWrite], _ leases: EtcdTimedLeases) async throws(KeyValueError) {
        for case .put(_, _, let expiry) in writes {
            switch expiry {
            case .never: break
            case .lease(let id): _ = try EtcdLeases.etcdID(id)
            case .after(let milliseconds):
                if timed[milliseconds] == nil {
                    timed[milliseconds] = try await leases.lease(milliseconds: milliseconds)
                }
            }
        }
    }

    /// etcd's id for an entry of this expiry; 0: none.
    func lease(_ expiry: StoreExpiry) -> Int64 {
        switch expiry {
        case .never: 0
        case .lease(let id): Int64(bitPattern: id.rawValue)
        case .after(let milliseconds): timed[milliseconds]?.id ?? 0
        }
    }
}
