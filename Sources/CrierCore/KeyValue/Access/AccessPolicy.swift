/// Decides who may do what with which namespace. Every operation of every door asks it.
///
/// The rules that no policy can lift stand in `CallerStore`: reserved namespaces are never written from outside.
public protocol AccessPolicy: Sendable {
    /// Whether the caller may do this with the namespace; nil: with all namespaces at once. Called on the way of every
    /// request: it must not wait.
    func allows(_ operation: StoreOperation, on namespace: StoreNamespace?, by caller: Caller) -> Bool

    /// Whether there may be any namespace at all with which the caller may do this. Asked before a request about all
    /// namespaces is narrowed to those that the caller may read, and before anything is done with a lease.
    func allowsSome(_ operation: StoreOperation, by caller: Caller) -> Bool
}

extension AccessPolicy {
    /// For policies that do not look at namespaces: what counts for all counts for each.
    public func allowsSome(_ operation: StoreOperation, by caller: Caller) -> Bool {
        allows(operation, on: nil, by: caller)
    }
}

/// What is asked of the key-value state, as coarse as permissions are given.
public enum StoreOperation: String, Sendable, CaseIterable {
    case read
    case write
    /// Whole-store work: a backup, the registry's own rooms.
    case operate
}

/// All callers on the gateway's own machine may do everything, and nobody else may do anything.
public struct LoopbackAccess: AccessPolicy {
    public init() {}

    public func allows(_ operation: StoreOperation, on namespace: StoreNamespace?, by caller: Caller) -> Bool {
        caller.origin != .remote
    }
}

/// Everybody who reaches the gateway may do everything: for networks that are closed by other means.
public struct OpenAccess: AccessPolicy {
    public init() {}

    public func allows(_ operation: StoreOperation, on namespace: StoreNamespace?, by caller: Caller) -> Bool {
        true
    }
}
