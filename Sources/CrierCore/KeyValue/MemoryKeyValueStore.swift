import Synchronization

/// The reference: what every driver does, in memory, without surviving anything. For tests, and for gateways that keep
/// nothing.
public final class MemoryKeyValueStore: KeyValueStore {
    private struct State {
        var entries = SortedEntries()
        var revision: UInt64 = 0
        /// Change sets of revisions `compacted + 1 ... revision`.
        var log: [StoreChangeSet] = []
        var compacted: UInt64 = 0
    }

    private let epoch: UInt64
    private let clock: WallClock
    private let retainedRevisions: Int
    private let state = Mutex(State())
    private let feed = ChangeFeed()

    public init(
        epoch: UInt64 = .random(in: 1...UInt64(Int64.max)),
        clock: WallClock = .system,
        retainedRevisions: Int = KeyValueLimits.retainedRevisions
    ) {
        self.epoch = epoch
        self.clock = clock
        self.retainedRevisions = retainedRevisions
    }

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        state.withLock { StoreRead(entry: $0.entries.entry(for: key), position: position($0)) }
    }

    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        try state.withLock { state throws(KeyValueError) in
            let now = position(state)
            try request.cursor?.position.validate(asPageOf: now)
            return state.entries.page(request, now: now)
        }
    }

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        completion(Result { () throws(KeyValueError) in try apply(transaction) })
    }

    private func apply(_ transaction: StoreTransaction) throws(KeyValueError) -> StoreTransaction.Outcome {
        try transaction.validate()
        // The feed hears of it under the lock: two transactions must not overtake each other on the way there.
        return try state.withLock { state throws(KeyValueError) in
            let plan = try TransactionPlan(
                transaction,
                reading: state.entries,
                revision: state.revision + 1,
                now: clock.milliseconds
            )
            if !plan.changes.isEmpty { commit(plan.changes, &state) }
            return plan.outcome(position(state))
        }
    }

    public func watch(_ scope: StoreScope, after start: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        let after = try state.withLock { state throws(KeyValueError) in
            try start?.validate(asStartAt: position(state), compacted: state.compacted)
            return start?.revision ?? state.revision
        }
        let subscription = ChangeSubscription(scope: scope, after: after, feed: feed) {
            [weak self] subscription, after in
            guard let self else { return subscription.end(.closed) }
            self.refill(subscription, after: after)
        }
        refill(subscription, after: after)
        return StoreWatch(subscription)
    }

    /// Tells watchers that wait where the store is, as a driver with a clock does by itself.
    public func announceProgress() {
        state.withLock { feed.announce(position($0)) }
    }

    /// Ends every watch.
    public func close() {
        feed.close(.closed)
    }

    private func position(_ state: borrowing State) -> StorePosition {
        StorePosition(epoch: epoch, revision: state.revision)
    }

    private func commit(_ changes: [StoreChange], _ state: inout State) {
        state.revision += 1
        for change in changes { state.entries.apply(change) }
        let set = StoreChangeSet(position: position(state), changes: changes)
        state.log.append(set)
        // Trimmed in halves: to remove the first element of an array each time would move all the others.
        if state.log.count >= 2 * max(retainedRevisions, 1) {
            state.log.removeFirst(state.log.count - retainedRevisions)
            state.compacted = state.revision - UInt64(retainedRevisions)
        }
        feed.publish([set])
    }

    private func refill(_ subscription: ChangeSubscription, after: UInt64) {
        state.withLock { state in
            guard after >= state.compacted else { return subscription.end(.compacted) }
            let page = state.log.dropFirst(Int(after - state.compacted)).page()
            let through = page.last?.position.revision ?? after
            subscription.load(Array(page), through: through, complete: through == state.revision)
        }
    }
}

extension ArraySlice<StoreChangeSet> {
    /// The first revisions with about `KeyValueLimits.watchPageChanges` changes.
    fileprivate func page() -> ArraySlice<StoreChangeSet> {
        var changes = 0
        return prefix { set in
            defer { changes += set.changes.count }
            return changes < KeyValueLimits.watchPageChanges
        }
    }
}
