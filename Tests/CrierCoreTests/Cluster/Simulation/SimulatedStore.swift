import NIOCore

@testable import CrierCore

/// A store that is linearizable and never fails by itself: its network does. Small, since thousands of schedules use
/// it.
final class SimulatedStore {
    private(set) var entries: [StoreKey: StoreEntry] = [:]
    private(set) var log: [StoreChangeSet] = []
    private var leases: [UInt64: (until: Int, milliseconds: Int64)] = [:]
    private var nextLease: UInt64 = 1
    private let time: SimulatedTime
    /// Hears of every change, before anybody else does.
    var observe: (StoreChange, _ by: String) -> Void = { _, _ in }
    var published: (StoreChangeSet) -> Void = { _ in }

    init(_ time: SimulatedTime) { self.time = time }

    var position: StorePosition { StorePosition(epoch: 1, revision: UInt64(log.count)) }

    func read(_ key: StoreKey) -> StoreRead { StoreRead(entry: entries[key], position: position) }

    func apply(_ transaction: StoreTransaction, by node: String) -> Result<StoreTransaction.Outcome, KeyValueError> {
        for test in transaction.guards where !test.condition.holds(for: entries[test.key]) {
            let refusal = StoreTransaction.Refusal(failed: test, current: entries[test.key])
            return .success(
                StoreTransaction.Outcome(succeeded: false, position: position, changes: [], refusal: refusal))
        }
        precondition(transaction.guards.count + transaction.then.count <= KeyValueLimits.transactionOperations)
        let revision = position.revision + 1
        var changes: [StoreChange] = []
        for write in transaction.then {
            switch write {
            case .put(let key, let value, let expiry):
                if case .lease(let id) = expiry, leases[id.rawValue] == nil {
                    return .failure(KeyValueError(.leaseNotFound, "lease \(id)"))
                }
                let entry = StoreEntry(
                    key: key, value: value, createRevision: revision, revision: revision, version: 1, updatedAt: 0,
                    expiry: expiry)
                changes.append(.put(entry, previous: entries[key]))
            case .delete(let key):
                if let entry = entries[key] { changes.append(.delete(entry, revision: revision)) }
            default:
                preconditionFailure("the registry does not do this")
            }
        }
        commit(changes, by: node)
        return .success(
            StoreTransaction.Outcome(succeeded: true, position: position, changes: changes, refusal: nil))
    }

    func grant(_ milliseconds: Int64) -> Result<StoreLease, KeyValueError> {
        defer { nextLease += 1 }
        leases[nextLease] = (time.micros + Int(milliseconds) * 1_000, milliseconds)
        return .success(StoreLease(id: StoreLease.ID(nextLease), milliseconds: milliseconds))
    }

    func renew(_ id: StoreLease.ID) -> Result<StoreLease, KeyValueError> {
        guard let lease = leases[id.rawValue] else { return .failure(KeyValueError(.leaseNotFound, "lease \(id)")) }
        leases[id.rawValue] = (time.micros + Int(lease.milliseconds) * 1_000, lease.milliseconds)
        return .success(StoreLease(id: id, milliseconds: lease.milliseconds))
    }

    func revoke(_ id: StoreLease.ID) { end(id.rawValue) }

    /// Ends the leases whose time is over.
    func expireDue() {
        for (id, lease) in leases.sorted(by: { $0.key < $1.key }) where lease.until <= time.micros { end(id) }
    }

    private func end(_ id: UInt64) {
        leases[id] = nil
        let ended = entries.values.filter { $0.expiry == .lease(StoreLease.ID(id)) }
        commit(ended.map { .expire($0, revision: position.revision + 1) }, by: "store")
    }

    private func commit(_ changes: [StoreChange], by node: String) {
        guard !changes.isEmpty else { return }
        for change in changes { observe(change, node) }
        let set = StoreChangeSet(
            position: StorePosition(epoch: 1, revision: position.revision + 1), changes: changes)
        for change in changes { entries[change.key] = change.entry }
        log.append(set)
        published(set)
    }
}
