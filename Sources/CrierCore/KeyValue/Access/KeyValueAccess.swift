/// The one way from the doors to the key-value state: a store for each caller, which asks the policy first.
public final class KeyValueAccess: Sendable {
    let store: any KeyValueStore
    let policy: any AccessPolicy
    let hotKeys = HotKeyMeter()

    public init(_ store: any KeyValueStore, policy: any AccessPolicy = LoopbackAccess()) {
        self.store = store
        self.policy = policy
    }

    /// The state as this caller may see and change it.
    public func store(for caller: Caller) -> CallerStore {
        CallerStore(access: self, caller: caller)
    }
}
