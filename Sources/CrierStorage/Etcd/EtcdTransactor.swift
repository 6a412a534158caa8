import CrierCore
import CrierMessages

/// Does transactions: reads what they are about, lets the core decide, and writes under the condition that nothing of
/// it has changed since. What can be said to etcd without reading is said at once.
final class EtcdTransactor: Sendable {
    /// What became of one attempt.
    enum Attempt {
        case done(StoreTransaction.Outcome)
        /// Somebody changed what was read. With what is there now, if that is known.
        case changed(EtcdSnapshot?)
    }

    let cluster: EtcdCluster
    let leases: EtcdLeases
    let timed: EtcdTimedLeases
    let quotas: StoreQuotas
    let clock: WallClock
    private let turns = Turns<StoreKey>()

    var layout: EtcdLayout { cluster.layout }

    init(
        _ cluster: EtcdCluster,
        _ leases: EtcdLeases,
        _ timed: EtcdTimedLeases,
        _ quotas: StoreQuotas,
        _ clock: WallClock
    ) {
        self.cluster = cluster
        self.leases = leases
        self.timed = timed
        self.quotas = quotas
        self.clock = clock
    }

    /// What `KeyValueStore.submit` does.
    func perform(_ transaction: StoreTransaction) async throws(KeyValueError) -> StoreTransaction.Outcome {
        try transaction.validate()
        let contended = transaction.readKeys
        guard !contended.isEmpty else { return try await settle(transaction) }
        await turns.take(contended)
        defer { turns.giveBack(contended) }
        return try await settle(transaction)
    }

    private func settle(_ transaction: StoreTransaction) async throws(KeyValueError) -> StoreTransaction.Outcome {
        var snapshot: EtcdSnapshot?
        if canBeBlind(transaction) {
            switch try await attemptBlind(transaction) {
            case .done(let outcome): return outcome
            case .changed(let found): snapshot = found
            }
        }
        for attempt in 0..<EtcdLimits.attempts {
            if attempt > 0 { try? await Task.sleep(for: EtcdLimits.longestAttemptPause * Double.random(in: 0...1)) }
            if Task.isCancelled { break }
            switch try await attemptWith(snapshot, transaction) {
            case .done(let outcome): return outcome
            case .changed(let found): snapshot = found
            }
        }
        throw KeyValueError(
            .unavailable,
            "what the transaction reads was changed by others \(EtcdLimits.attempts) times while it was done"
        )
    }

    private func attemptWith(
        _ known: EtcdSnapshot?,
        _ transaction: StoreTransaction
    ) async throws(KeyValueError) -> Attempt {
        var snapshot: EtcdSnapshot
        if let known { snapshot = known } else { snapshot = try await read(transaction, transaction.then) }
        let branch = transaction.branch(snapshot)
        if !isComplete(snapshot, transaction, branch) {
            snapshot = try await read(transaction, branch)
            guard transaction.branch(snapshot) == branch else { return .changed(nil) }
        }
        let now = clock.milliseconds
        let plan = try await plan(transaction, branch, &snapshot, now: now)
        guard !plan.changes.isEmpty else { return .done(plan.outcome(snapshot.position)) }
        return try await commit(EtcdCommit(transaction, branch, snapshot, plan, now: now))
    }

    private func isComplete(
        _ snapshot: EtcdSnapshot,
        _ transaction: StoreTransaction,
        _ branch: [StoreWrite]
    ) -> Bool {
        snapshot.knows(transaction.keys(of: branch), branch.compactMap(\.scope))
            && namespacesWithQuota(branch).allSatisfy { snapshot.usage[$0] != nil }
    }

    // MARK: Deciding

    /// The core's decision. Reads what namespaces really hold before one of them is said to be full: what they were
    /// noted to hold may have expired.
    private func plan(
        _ transaction: StoreTransaction,
        _ branch: [StoreWrite],
        _ snapshot: inout EtcdSnapshot,
        now: Int64
    ) async throws(KeyValueError) -> TransactionPlan {
        var carried = try await leaseEntries(branch)
        do throws(KeyValueError) {
            return try decide(transaction, snapshot, carried, revision: .max, now: now)
        } catch {
            // What is wrong first is what is said: a lease may be gone that etcd was not asked for yet.
            for id in Array(carried.keys) {
                if try await !leases.exists(id) { carried[id] = nil }
            }
            let noted = snapshot.usage.filter { $0.value.revision != 0 }
            guard error.code == .quota, !noted.isEmpty else {
                return try decide(transaction, snapshot, carried, revision: .max, now: now)
            }
            for (namespace, note) in noted {
                let usage = try await count(namespace, at: snapshot.position.revision)
                snapshot.add(namespace, EtcdSnapshot.NotedUsage(usage: usage, revision: note.revision))
            }
            return try decide(transaction, snapshot, carried, revision: .max, now: now)
        }
    }

    func decide(
        _ transaction: StoreTransaction,
        _ snapshot: EtcdSnapshot,
        _ leaseEntries: [StoreLease.ID: Int],
        revision: UInt64,
        now: Int64
    ) throws(KeyValueError) -> TransactionPlan {
        try TransactionPlan(
            transaction,
            reading: snapshot,
            accounts: StoreAccounts(
                usage: snapshot.usage.mapValues(\.usage), leaseEntries: leaseEntries, timedEntries: 0
            ),
            quotas: quotas,
            revision: revision,
            now: now
        )
    }

    /// What the leases of a branch carry, counted only where it matters. A lease that cannot be is not among them.
    private func leaseEntries(_ branch: [StoreWrite]) async throws(KeyValueError) -> [StoreLease.ID: Int] {
        var carried: [StoreLease.ID: Int] = [:]
        for (id, more) in branch.leases where (try? EtcdLeases.etcdID(id)) != nil {
            carried[id] = leases.isNearLimit(id, plus: more) ? try await leases.entryCount(id) : 0
        }
        return carried
    }

    // MARK: Quotas

    func namespacesWithQuota(_ branch: [StoreWrite]) -> Set<StoreNamespace> {
        guard quotas != StoreQuotas() else { return [] }
        return Set(branch.map(\.namespace))
            .filter { quotas.keys.limit(of: $0) != nil || quotas.bytes.limit(of: $0) != nil }
    }

    /// What a namespace held at a revision.
    func count(_ namespace: StoreNamespace, at revision: UInt64) async throws(KeyValueError) -> StoreUsage {
        var reader = EtcdRangeReader(cluster, layout.range(StoreScope(namespace)), at: revision)
        var usage = StoreUsage()
        while let entries = try await reader.next(limit: KeyValueLimits.maximumPageEntries) {
            usage.keys += entries.count
            usage.bytes += entries.reduce(0) { $0 + $1.byteCount }
        }
        return usage
    }
}

extension StoreTransaction {
    /// What is done in the state that was read.
    func branch(_ snapshot: EtcdSnapshot) -> [StoreWrite] {
        guards.allSatisfy { $0.condition.holds(for: snapshot.entry(for: $0.key)) } ? then : otherwise
    }

    /// Keys whose value decides something, which etcd cannot be told as a comparison.
    fileprivate var readKeys: Set<StoreKey> {
        var keys = Set<StoreKey>()
        for test in guards { if case .value = test.condition { keys.insert(test.key) } }
        for write in then + otherwise { if case .increment(let key, _, _) = write { keys.insert(key) } }
        return keys
    }
}

extension [StoreWrite] {
    /// Leases that entries are put on, each with how many.
    var leases: [StoreLease.ID: Int] {
        var leases: [StoreLease.ID: Int] = [:]
        for case .put(_, _, .lease(let id)) in self { leases[id, default: 0] += 1 }
        return leases
    }
}
