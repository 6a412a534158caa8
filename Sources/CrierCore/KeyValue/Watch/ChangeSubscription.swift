import Synchronization

/// One watcher of an embedded store: a bounded queue between the commit and the reader.
///
/// ```
///            refill reached the present              queue over its bounds
///  behind ─────────────────────────────▶ attached ─────────────────────────▶ behind
///     └───────────────▶ ended (reset) ◀──────┘
/// ```
public final class ChangeSubscription: StoreWatchSource {
    /// Asks the driver for the log after a revision: it answers by calling `load` or `end` before it returns.
    public typealias Refill = @Sendable (ChangeSubscription, _ after: UInt64) async -> Void

    public let scope: StoreScope
    private let feed: ChangeFeed
    private let refill: Refill
    private let state: Mutex<WatchQueue>

    public init(scope: StoreScope, after revision: UInt64, feed: ChangeFeed, refill: @escaping Refill) {
        self.scope = scope
        self.feed = feed
        self.refill = refill
        state = Mutex(WatchQueue(readRevision: revision))
        feed.opened(scope)
    }

    deinit { feed.closed(scope) }

    /// A page of the log, from the revision that the refill named, `through` included. `complete`: it reaches the
    /// present, and the subscription is attached from here on.
    public func load(_ sets: [StoreChangeSet], through revision: UInt64, complete: Bool) {
        let waiter = state.withLock { state -> WatchWaiter? in
            guard case .behind = state.phase else { return nil }
            for set in sets.lazy.compactMap({ $0.within(self.scope) }) { state.append(set) }
            state.cover(revision)
            state.phase = complete ? .attached : .behind
            return state.waiter.take()
        }
        if complete { feed.attach(self) }
        waiter?.wake()
    }

    /// The last thing that the reader will hear, after what is queued.
    public func end(_ reset: StoreReset) {
        state.withLock { state in
            state.phase = .ended(reset)
            return state.waiter.take()
        }?
        .wake()
    }

    public func cancel() {
        feed.detach(self)
        end(.closed)
    }

    public func next() async throws(StoreReset) -> StoreWatchEvent? {
        while true {
            switch state.withLock({ $0.take() }) {
            case .event(let event): return event
            case .ended(let reset): throw reset
            case .refill(let revision): await refill(self, revision)
            case .wait: await arrival()
            }
            if Task.isCancelled { return nil }
        }
    }

    public func poll(orElse notify: @escaping @Sendable () -> Void) -> StoreWatchPoll {
        state.withLock { state in
            state.waiter = nil
            switch state.take() {
            case .event(let event): return .event(event)
            case .ended(let reset): return .ended(reset)
            case .refill: return .behind
            case .wait:
                state.waiter = .callback(notify)
                return .waiting
            }
        }
    }

    public func catchUp() async {
        if let revision = state.withLock({ $0.refillStart }) { await refill(self, revision) }
    }

    /// The next changes, which are all in the scope. False: the queue is over its bounds, and the subscription is
    /// behind again.
    func offer(_ sets: [StoreChangeSet]) -> Bool {
        let (kept, waiter) = state.withLock { state -> (Bool, WatchWaiter?) in
            guard case .attached = state.phase else { return (false, nil) }
            for set in sets { state.append(set) }
            guard state.isWithinBounds else {
                state.fallBehind()
                return (false, state.waiter.take())
            }
            return (true, state.isEmpty ? nil : state.waiter.take())
        }
        waiter?.wake()
        return kept
    }

    func announce(_ position: StorePosition) {
        state.withLock { state -> WatchWaiter? in
            guard case .attached = state.phase, state.isEmpty else { return nil }
            state.announce(position)
            return state.hasNews ? state.waiter.take() : nil
        }?
        .wake()
    }

    private func arrival() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                // What arrived between `take` and here must not be slept through.
                let isReady = state.withLock { state in
                    precondition(state.waiter == nil, "a watch has one reader at a time")
                    if Task.isCancelled || state.hasNews { return true }
                    state.waiter = .task(waiter)
                    return false
                }
                if isReady { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.wake()
        }
    }
}
