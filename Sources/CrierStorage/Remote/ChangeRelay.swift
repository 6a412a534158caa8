import CrierCore
import Synchronization

/// Hands what one followed log tells to all watchers of this process, and knows its last revisions.
///
/// Whoever follows the log calls `began`, `heard`, `reset` and `lost`, one after the other.
final class ChangeRelay: Sendable {
    fileprivate struct State {
        var feed = ChangeFeed()
        /// nil before the log was heard for the first time, and after a reset.
        var recent: RelayedChanges?
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        var isClosed = false
    }

    fileprivate struct Waiter {
        let id: UInt64
        let position: StorePosition
        let continuation: CheckedContinuation<Result<ChangeFeed, KeyValueError>, Never>
    }

    private let state = Mutex(State())

    /// Watches of this namespace alone that are open now.
    func watcherCount(of namespace: StoreNamespace) -> Int {
        state.withLock { $0.feed }.watcherCount(of: namespace)
    }

    /// Watches of all scopes that are open now.
    var watcherCount: Int { state.withLock { $0.feed }.watcherCount }

    /// Where following goes on; nil: from now.
    var end: StorePosition? { state.withLock { $0.recent?.end } }

    // MARK: Following

    /// What follows begins after this position.
    func began(at position: StorePosition) {
        // Who waits for a position of the store that was there before waits in vain.
        let vain = state.withLock { state in
            if state.recent == nil { state.recent = RelayedChanges(at: position) }
            defer { state.waiters.removeAll { $0.position.epoch != position.epoch } }
            return state.waiters.filter { $0.position.epoch != position.epoch }
        }
        for waiter in vain {
            let error = KeyValueError(.epochChanged, "position \(waiter.position) is of another epoch: \(position)")
            waiter.continuation.resume(returning: .failure(error))
        }
        change { _ in }
    }

    func heard(_ event: StoreWatchEvent) {
        change { state in
            // Under the lock: nothing may come between what is heard and who is attached.
            switch event {
            case .changes(let set):
                state.recent?.append(set)
                state.feed.publish([set])
            case .progress(let position):
                state.recent?.advance(to: position)
                state.feed.announce(position)
            }
        }
    }

    /// What was heard is out of date: all watches end, and following begins anew.
    func reset(_ reset: StoreReset) {
        let old = state.withLock { state in
            defer {
                state.feed = ChangeFeed()
                state.recent = nil
            }
            return state.feed
        }
        old.close(reset)
    }

    /// The log cannot be followed at the moment: who waits for news of it is told so.
    func lost(_ error: KeyValueError) {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
    }

    /// The end of every watch, now and later.
    func close() {
        let feed = state.withLock { state in
            state.isClosed = true
            return state.feed
        }
        feed.close(.closed)
        lost(Self.closed)
    }

    static let closed = KeyValueError(.unavailable, "the way to the other gateway's store is closed")

    // MARK: Watching

    /// A watch that begins after `position`, once everything up to there was heard. Throws `unavailable` when that
    /// cannot be, because the log was lost meanwhile.
    ///
    /// - Parameter refill: reads on in the log, where memory does not reach back.
    func subscribe(
        _ scope: StoreScope,
        after position: StorePosition,
        refill: @escaping @Sendable (ChangeSubscription, _ after: UInt64) async -> Void
    ) async throws(KeyValueError) -> ChangeSubscription {
        // The feed that had reached it: after a reset there is another one, which this watch must not go on with.
        let feed = try await reach(position)
        return ChangeSubscription(scope: scope, after: position.revision, feed: feed) {
            [weak self] subscription, after in
            guard let self else { return subscription.end(.closed) }
            if !self.load(subscription, after: after, of: feed) { await refill(subscription, after) }
        }
    }

    /// From where on memory has the log; nil while nothing is known of it.
    var start: UInt64? { state.withLock { $0.recent?.start } }

    /// Whether what came after `position` is in memory, and little.
    func knows(_ position: StorePosition) -> Bool {
        state.withLock { state in
            guard let recent = state.recent, recent.end.epoch == position.epoch else { return false }
            let isRecent = position.revision >= recent.start && position.revision <= recent.end.revision
            return isRecent && recent.end.revision - position.revision <= RemoteLimits.recentRevisions
        }
    }

    /// Loads what is in memory, and attaches the subscription. False: memory does not reach back that far.
    private func load(_ subscription: ChangeSubscription, after: UInt64, of feed: ChangeFeed) -> Bool {
        state.withLock { state in
            // After a reset the old feed is closed: attaching to it ends the subscription with the reason.
            guard state.feed === feed, let recent = state.recent else {
                subscription.load([], through: after, complete: true)
                return true
            }
            guard let sets = recent.sets(after: after) else { return false }
            subscription.load(Array(sets), through: max(after, recent.end.revision), complete: true)
            return true
        }
    }

    // MARK: Waiting

    private func reach(_ position: StorePosition) async throws(KeyValueError) -> ChangeFeed {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Result<ChangeFeed, KeyValueError>? in
                    if state.isClosed { return .failure(Self.closed) }
                    if state.hasReached(position) { return .success(state.feed) }
                    if Task.isCancelled { return .failure(Self.cancelled) }
                    state.waiters.append(Waiter(id: id, position: position, continuation: continuation))
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let place = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: place)
            }
            waiter?.continuation.resume(returning: .failure(Self.cancelled))
        }
        return try result.get()
    }

    private static let cancelled = KeyValueError(.unavailable, "the task was cancelled")

    private func change(_ body: (inout State) -> Void) {
        let (reached, feed) = state.withLock { state in
            body(&state)
            return (state.takeReached(), state.feed)
        }
        for waiter in reached { waiter.continuation.resume(returning: .success(feed)) }
    }
}

extension ChangeRelay.State {
    fileprivate func hasReached(_ position: StorePosition) -> Bool {
        guard let end = recent?.end else { return false }
        return end.epoch == position.epoch && end.revision >= position.revision
    }

    fileprivate mutating func takeReached() -> [ChangeRelay.Waiter] {
        guard !waiters.isEmpty else { return [] }
        let all = waiters
        let reached = all.filter { hasReached($0.position) }
        if !reached.isEmpty { waiters = all.filter { !hasReached($0.position) } }
        return reached
    }
}
