import Synchronization

/// The reference: what every driver does, in memory, without surviving anything. For tests, and for gateways that keep
/// nothing. It makes no backups.
///
/// Nothing expires by itself: `expireDue` does what a driver with a thread of its own does in time.
public final class MemoryKeyValueStore: KeyValueStore {
    private let clock: WallClock
    private let timer: MonotonicClock
    private let quotas: StoreQuotas
    private let state: Mutex<MemoryState>
    private let feed = ChangeFeed()

    /// - Parameters:
    ///   - clock: what `updatedAt` and `expiresAt` are read from.
    ///   - timer: what leases and expiries are measured by.
    ///   - retainedRevisions: how far back watches, histories and reads can go, at least.
    public init(
        epoch: UInt64 = .random(in: 1...UInt64(Int64.max)),
        clock: WallClock = .system,
        timer: MonotonicClock = .system,
        retainedRevisions: Int = KeyValueLimits.retainedRevisions,
        quotas: StoreQuotas = StoreQuotas()
    ) {
        self.clock = clock
        self.timer = timer
        self.quotas = quotas
        state = Mutex(MemoryState(epoch: epoch, retainedRevisions: retainedRevisions))
    }

    // MARK: Reads

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        read(key)
    }

    public func immediateRead(of key: StoreKey) -> StoreRead? { read(key) }

    public func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead {
        try state.withLock { state throws(KeyValueError) in
            let then = StorePosition(epoch: state.position.epoch, revision: revision)
            try then.validate(asStartAt: state.position, compacted: state.compacted)
            return StoreRead(entry: state.entry(for: key, at: revision), position: state.position)
        }
    }

    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        try state.withLock { state throws(KeyValueError) in
            try request.cursor?.position.validate(asPageOf: state.position)
            return state.entries.page(request, now: state.position)
        }
    }

    public func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory {
        let limit = min(max(limit, 1), KeyValueLimits.maximumHistoryChanges)
        return state.withLock { state in
            StoreHistory(changes: state.history(of: key, limit: limit), position: state.position)
        }
    }

    public func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        let usage = state.withLock { $0.accounts.usage[namespace] ?? StoreUsage() }
        return StoreStatistics(usage: usage, watchers: feed.watcherCount(of: namespace))
    }

    public func namespaces() async throws(KeyValueError) -> StoreNamespaceListing {
        state.withLock { state in
            let namespaces = state.accounts.usage.sorted { $0.key < $1.key }
            return StoreNamespaceListing(
                namespaces: namespaces.map { StoreNamespaceListing.Namespace(namespace: $0, usage: $1) },
                position: state.position
            )
        }
    }

    private func read(_ key: StoreKey) -> StoreRead {
        state.withLock { StoreRead(entry: $0.entries.entry(for: key), position: $0.position) }
    }

    // MARK: Writes

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        completion(Result { () throws(KeyValueError) in try apply(transaction) })
    }

    private func apply(_ transaction: StoreTransaction) throws(KeyValueError) -> StoreTransaction.Outcome {
        try transaction.validate()
        return try state.withLock { state throws(KeyValueError) in
            let plan = try TransactionPlan(
                transaction,
                reading: state.entries,
                accounts: state.accounts,
                quotas: quotas,
                revision: state.position.revision + 1,
                now: clock.milliseconds
            )
            publish(state.commit(plan, now: timer.now))
            return plan.outcome(state.position)
        }
    }

    /// Under the lock: two transactions must not overtake each other on the way to the feed.
    private func publish(_ set: StoreChangeSet?) {
        if let set { feed.publish([set]) }
    }

    // MARK: Leases

    public func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try state.withLock { state throws(KeyValueError) in
            try state.grant(milliseconds: milliseconds, now: timer.now) { .random(in: .min ... .max) }
        }
    }

    public func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try state.withLock { state throws(KeyValueError) in try state.renew(id, now: timer.now) }
    }

    @discardableResult
    public func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try state.withLock { state throws(KeyValueError) in
            let lease = try state.expiry.lease(id)
            publish(try state.end(state.expiry.revocation(of: lease), as: .delete, now: timer.now))
            return lease
        }
    }

    /// Ends what is due: each lease, and each slice of entries, at one revision.
    public func expireDue() {
        state.withLock { state in
            let now = timer.now
            // The entries that a plan reads are here: it cannot fail.
            while let ending = state.due(now) { publish(try? state.end(ending, as: .expire, now: now)) }
        }
    }

    // MARK: Watches and backups

    public func watch(_ scope: StoreScope, after start: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        let after = try state.withLock { state throws(KeyValueError) in
            try start?.validate(asStartAt: state.position, compacted: state.compacted)
            return start?.revision ?? state.position.revision
        }
        let subscription = ChangeSubscription(scope: scope, after: after, feed: feed) {
            [weak self] subscription, after in
            guard let self else { return subscription.end(.closed) }
            self.refill(subscription, after: after)
        }
        refill(subscription, after: after)
        return StoreWatch(subscription)
    }

    /// Always `unavailable`: there is nothing that a copy could be restored to.
    public func backup() async throws(KeyValueError) -> any StoreBackup {
        throw KeyValueError(.unavailable, "a store that is in memory only makes no backups")
    }

    /// Tells watchers that wait where the store is, as a driver with a clock does by itself.
    public func announceProgress() {
        state.withLock { feed.announce($0.position) }
    }

    /// Ends every watch.
    public func close() {
        feed.close(.closed)
    }

    private func refill(_ subscription: ChangeSubscription, after: UInt64) {
        state.withLock { state in
            guard after >= state.compacted else { return subscription.end(.compacted) }
            let page = state.log(after: after)
            let through = page.last?.position.revision ?? after
            subscription.load(page, through: through, complete: through == state.position.revision)
        }
    }
}
