import Synchronization

/// Hands committed changes to the watchers of one process. The embedded drivers share it.
///
/// A watcher is either *attached*, and gets every change set as it is published, or *behind*, and asks the driver for
/// pages of its log until it has caught up. Rules for the driver: `publish`, `announce` and what answers a refill run
/// one after the other, in the order of revisions.
public final class ChangeFeed: Sendable {
    private struct State {
        var groups = WatchGroups()
        var reset: StoreReset?
    }

    private let state = Mutex(State())
    /// Apart from the groups: a subscription may be let go of while those are locked.
    private let open = Mutex<[StoreNamespace?: Int]>([:])

    public init() {}

    /// Watches of all scopes that are open now, attached or behind.
    public var watcherCount: Int { open.withLock { $0.values.reduce(0, +) } }

    /// Watches of this namespace alone that are open now, attached or behind.
    public func watcherCount(of namespace: StoreNamespace) -> Int {
        open.withLock { $0[namespace] ?? 0 }
    }

    /// Change sets that are committed, in order. Each is looked at once for all watchers of one scope, and not at all
    /// for those of other namespaces. Without watchers the sets are not even made.
    public func publish(_ sets: @autoclosure () -> [StoreChangeSet]) {
        guard state.withLock({ !$0.groups.isEmpty }) else { return }
        let sets = sets()
        for delivery in state.withLock({ $0.groups.deliveries(of: sets) }) {
            for subscription in delivery.subscriptions.values where !subscription.offer(delivery.sets) {
                detach(subscription)
            }
        }
    }

    /// Tells watchers that wait where the store is.
    public func announce(_ position: StorePosition) {
        for subscription in state.withLock({ $0.groups.subscriptions }) { subscription.announce(position) }
    }

    /// Ends the watches that are attached now; those that come later are not touched. For a driver that stands on
    /// somebody else's log and finds a gap in it.
    public func reset(_ reset: StoreReset) {
        let ended = state.withLock { state in
            defer { state.groups = WatchGroups() }
            return state.groups.subscriptions
        }
        for subscription in ended { subscription.end(reset) }
    }

    /// Ends every watch, now and later.
    public func close(_ reset: StoreReset) {
        let ended = state.withLock { state in
            state.reset = state.reset ?? reset
            defer { state.groups = WatchGroups() }
            return state.groups.subscriptions
        }
        for subscription in ended { subscription.end(reset) }
    }

    /// From here on the subscription hears what is published. The driver calls it when it answers a refill that reaches
    /// up to now.
    func attach(_ subscription: ChangeSubscription) {
        let reset = state.withLock { state in
            if state.reset == nil { state.groups.insert(subscription) }
            return state.reset
        }
        if let reset { subscription.end(reset) }
    }

    func detach(_ subscription: ChangeSubscription) {
        state.withLock { $0.groups.remove(subscription) }
    }

    /// A subscription was made; `closed` is called when it is gone.
    func opened(_ scope: StoreScope) {
        open.withLock { $0[scope.namespace, default: 0] += 1 }
    }

    func closed(_ scope: StoreScope) {
        open.withLock { open in
            let left = (open[scope.namespace] ?? 1) - 1
            open[scope.namespace] = left == 0 ? nil : left
        }
    }
}
