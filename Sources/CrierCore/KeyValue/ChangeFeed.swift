import Synchronization

/// Hands committed changes to the watchers of one process. The embedded drivers share it.
///
/// A watcher is either *attached*, and gets every change set as it is published, or *behind*, and asks the driver for
/// pages of its log until it has caught up. Rules for the driver: `publish`, `announce` and what answers a refill run one
/// after the other, in the order of revisions.
public final class ChangeFeed: Sendable {
    private struct State {
        var attached: [ObjectIdentifier: ChangeSubscription] = [:]
        var reset: StoreReset?
    }

    private let state = Mutex(State())

    public init() {}

    /// Watchers that are attached now.
    public var watcherCount: Int { state.withLock { $0.attached.count } }

    /// Change sets that are committed, in order.
    public func publish(_ sets: [StoreChangeSet]) {
        for subscription in attached() where !subscription.offer(sets) {
            detach(subscription)
        }
    }

    /// Tells watchers that wait where the store is.
    public func announce(_ position: StorePosition) {
        for subscription in attached() { subscription.announce(position) }
    }

    /// Ends every watch, now and later.
    public func close(_ reset: StoreReset) {
        let ended = state.withLock { state in
            state.reset = state.reset ?? reset
            defer { state.attached = [:] }
            return Array(state.attached.values)
        }
        for subscription in ended { subscription.end(reset) }
    }

    /// From here on the subscription hears what is published. The driver calls it when it answers a refill that reaches
    /// up to now.
    func attach(_ subscription: ChangeSubscription) {
        let reset = state.withLock { state in
            if state.reset == nil { state.attached[ObjectIdentifier(subscription)] = subscription }
            return state.reset
        }
        if let reset { subscription.end(reset) }
    }

    func detach(_ subscription: ChangeSubscription) {
        _ = state.withLock { $0.attached.removeValue(forKey: ObjectIdentifier(subscription)) }
    }

    private func attached() -> [ChangeSubscription] {
        state.withLock { Array($0.attached.values) }
    }
}
