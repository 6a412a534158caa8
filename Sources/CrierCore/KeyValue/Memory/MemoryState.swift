import NIOCore

/// What the memory store holds, and how it changes. A plain value: `MemoryKeyValueStore` locks it.
struct MemoryState {
    private(set) var position: StorePosition
    private(set) var entries = SortedEntries()
    private(set) var accounts = StoreAccounts()
    private(set) var expiry = ExpirySchedule()
    /// The log reaches back to the revision after this one.
    private(set) var compacted: UInt64 = 0
    /// Changes of the revisions `compacted + 1 ... position.revision`.
    private var log: [[StoreChange]] = []
    private let retainedRevisions: Int

    init(epoch: UInt64, retainedRevisions: Int) {
        position = StorePosition(epoch: epoch, revision: 0)
        self.retainedRevisions = retainedRevisions
    }

    /// Makes the changes of a plan at the next revision; nil when there are none.
    mutating func commit(_ plan: TransactionPlan, now: NIODeadline) -> StoreChangeSet? {
        guard !plan.changes.isEmpty else { return nil }
        position = StorePosition(epoch: position.epoch, revision: position.revision + 1)
        for change in plan.changes { entries.apply(change) }
        accounts.apply(plan.changes)
        expiry.apply(plan.changes, keeping: plan.keptExpiries, now: now)
        log.append(plan.changes)
        // Trimmed in halves: to remove the first element of an array each time would move all the others.
        if log.count >= 2 * max(retainedRevisions, 1) {
            log.removeFirst(log.count - retainedRevisions)
            compacted = position.revision - UInt64(retainedRevisions)
        }
        return StoreChangeSet(position: position, changes: plan.changes)
    }

    /// Ends what `ending` names, at one revision; nil when that changes nothing.
    mutating func end(
        _ ending: ExpirySchedule.Ending,
        as kind: StoreChange.Kind,
        now: NIODeadline
    ) throws(KeyValueError) -> StoreChangeSet? {
        let plan = try TransactionPlan(ending, as: kind, reading: entries, revision: position.revision + 1)
        let set = commit(plan, now: now)
        expiry.finish(ending)
        if let lease = ending.lease { accounts.end(lease) }
        return set
    }

    mutating func due(_ now: NIODeadline) -> ExpirySchedule.Ending? { expiry.due(now) }

    mutating func grant(
        milliseconds: Int64,
        now: NIODeadline,
        random: () -> UInt64
    ) throws(KeyValueError) -> StoreLease {
        try expiry.checkGrant(milliseconds: milliseconds)
        var id = StoreLease.ID(random: random)
        while accounts.leases[id] != nil { id = StoreLease.ID(random: random) }
        let lease = StoreLease(id: id, milliseconds: milliseconds)
        expiry.grant(lease, now: now)
        accounts.grant(id)
        return lease
    }

    mutating func renew(_ id: StoreLease.ID, now: NIODeadline) throws(KeyValueError) -> StoreLease {
        try expiry.renew(id, now: now)
    }

    /// The entry as it was when the store stood at a revision that the log reaches back to.
    func entry(for key: StoreKey, at revision: UInt64) -> StoreEntry? {
        for changes in log[Int(revision - compacted)...] {
            for change in changes where change.key == key { return change.previous }
        }
        return entries.entry(for: key)
    }

    func history(of key: StoreKey, limit: Int) -> [StoreChange] {
        Array(log.reversed().lazy.flatMap { $0.reversed() }.filter { $0.key == key }.prefix(limit))
    }

    /// About `KeyValueLimits.watchPageChanges` changes after a revision that the log reaches back to.
    func log(after revision: UInt64) -> [StoreChangeSet] {
        var sets: [StoreChangeSet] = []
        var count = 0
        var at = revision
        for changes in log[Int(revision - compacted)...] {
            at += 1
            sets.append(StoreChangeSet(position: StorePosition(epoch: position.epoch, revision: at), changes: changes))
            count += changes.count
            if count >= KeyValueLimits.watchPageChanges { break }
        }
        return sets
    }
}
