import CrierCore
import CrierMessages
import Synchronization

/// Leases of the port as leases of etcd.
///
/// etcd counts whole seconds; an id of ours says in its lowest ten bits how many milliseconds less than that were asked
/// for, so that every node knows. Bit 62 is for marks: the lease `id | mark` exists when `id` was revoked, since etcd
/// itself does not tell watchers of a lease that was revoked from one that ran out. To make a mark takes no revision.
final class EtcdLeases: Sendable {
    private struct State {
        /// At most so many entries does a lease have, as far as they were written from here.
        var entries: [StoreLease.ID: Int] = [:]
        var revoked: [StoreLease.ID] = []
    }

    private static let mark: Int64 = 1 << 62
    private static let remainderBits: Int64 = 0x3ff

    private let cluster: EtcdCluster
    private let state = Mutex(State())

    init(_ cluster: EtcdCluster) {
        self.cluster = cluster
    }

    // MARK: The port

    func grant(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try ExpirySchedule().checkGrant(milliseconds: milliseconds)
        let seconds = (milliseconds + 999) / 1_000
        let id = Int64.random(in: 1...(1 << 52) - 1) << 10 | (seconds * 1_000 - milliseconds)
        let granted = try await grant(id, seconds: seconds)
        return Self.lease(id, seconds: granted)
    }

    func renew(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        let etcdID = try Self.etcdID(id)
        let seconds = try await renew(etcdID)
        guard seconds > 0 else { throw Self.notFound(id) }
        return Self.lease(etcdID, seconds: seconds)
    }

    /// The lease's whole time in seconds, which begins now; 0: there is none.
    func renew(_ id: Int64) async throws(KeyValueError) -> Int64 {
        try await cluster.ask(
            EtcdMethods.keepAlive, Etcd.LeaseKeepAliveRequest(id: id), isLinearizable: false,
            timeout: EtcdLimits.renewalTimeout
        )
        .answer.seconds
    }

    func revoke(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        let etcdID = try Self.etcdID(id)
        let found = try await look(etcdID, keys: true)
        guard found.seconds >= 0 else { throw Self.notFound(id) }
        if !found.keys.isEmpty {
            _ = try await grant(etcdID | Self.mark, seconds: EtcdLimits.revocationSeconds)
            remember(revoked: id)
        }
        _ = try await cluster.ask(
            EtcdMethods.revoke, Etcd.LeaseRevokeRequest(id: etcdID), isWrite: true, isLinearizable: false
        )
        state.withLock { $0.entries[id] = nil }
        return Self.lease(etcdID, seconds: found.grantedSeconds)
    }

    /// Whether a lease that is gone was revoked; otherwise it ran out.
    func wasRevoked(_ id: StoreLease.ID) async throws(KeyValueError) -> Bool {
        if state.withLock({ $0.revoked.contains(id) }) { return true }
        guard let etcdID = try? Self.etcdID(id), try await look(etcdID | Self.mark, keys: false).seconds >= 0 else {
            return false
        }
        remember(revoked: id)
        return true
    }

    func exists(_ id: StoreLease.ID) async throws(KeyValueError) -> Bool {
        try await look(Self.etcdID(id), keys: false).seconds >= 0
    }

    /// A lease of this id and time. Its whole time in seconds, at least what was asked for.
    func grant(_ id: Int64, seconds: Int64) async throws(KeyValueError) -> Int64 {
        let request = Etcd.LeaseGrantRequest(seconds: seconds, id: id)
        do throws(EtcdFailure) {
            return try await cluster.attempt(EtcdMethods.grant, request, isLinearizable: false).answer.seconds
        } catch {
            // An attempt whose answer was lost has made it, since nobody else knows the id.
            let found = try? await look(id, keys: false)
            if let found, found.seconds >= 0 { return found.grantedSeconds }
            throw KeyValueError(error, isWrite: false)
        }
    }

    private func look(_ id: Int64, keys: Bool) async throws(KeyValueError) -> Etcd.LeaseTimeToLiveResponse {
        try await cluster.ask(
            EtcdMethods.timeToLive, Etcd.LeaseTimeToLiveRequest(id: id, keys: keys), isLinearizable: false
        )
        .answer
    }

    private func remember(revoked id: StoreLease.ID) {
        state.withLock { state in
            state.revoked.append(id)
            if state.revoked.count > EtcdLimits.rememberedRevocations { state.revoked.removeFirst() }
        }
    }

    // MARK: Entries of a lease

    /// So many entries were written with the lease, perhaps some of them again.
    func count(_ more: Int, on id: StoreLease.ID) {
        state.withLock { $0.entries[id, default: 0] += more }
    }

    /// Whether so many more may be too many, so that they must be counted.
    func isNearLimit(_ id: StoreLease.ID, plus more: Int) -> Bool {
        state.withLock { ($0.entries[id] ?? 0) + more > KeyValueLimits.leaseEntries }
    }

    /// How many entries the lease has. nil: there is no such lease.
    func entryCount(_ id: StoreLease.ID) async throws(KeyValueError) -> Int? {
        let found = try await look(Self.etcdID(id), keys: true)
        guard found.seconds >= 0 else { return nil }
        state.withLock { $0.entries[id] = found.keys.count }
        return found.keys.count
    }

    // MARK: Ids

    /// Throws `leaseNotFound` for what cannot be one of ours.
    static func etcdID(_ id: StoreLease.ID) throws(KeyValueError) -> Int64 {
        guard let etcdID = Int64(exactly: id.rawValue), etcdID > 0, etcdID & mark == 0 else { throw notFound(id) }
        return etcdID
    }

    static func notFound(_ id: StoreLease.ID) -> KeyValueError {
        KeyValueError(.leaseNotFound, "lease \(id) ran out, was revoked, or never was")
    }

    private static func lease(_ id: Int64, seconds: Int64) -> StoreLease {
        StoreLease(
            id: StoreLease.ID(UInt64(bitPattern: id)), milliseconds: seconds * 1_000 - min(id & remainderBits, 999)
        )
    }
}
