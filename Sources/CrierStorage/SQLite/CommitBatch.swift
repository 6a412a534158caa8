import CrierCore
import NIOCore

/// One moment on both clocks.
struct StoreTime {
    /// Milliseconds since 1970.
    let wall: Int64
    let monotonic: NIODeadline
}

/// What a commit has stored so far.
struct CommitBatch {
    private(set) var before: StoreState?
    private(set) var plans: [TransactionPlan] = []
    private(set) var sets: [StoreChangeSet] = []
    private(set) var namespaces = Set<StoreNamespace>()
    private var lastNamespace: StoreNamespace?

    init(before: StoreState? = nil) {
        self.before = before
    }

    mutating func append(_ plan: TransactionPlan, at position: StorePosition) {
        plans.append(plan)
        sets.append(StoreChangeSet(position: position, changes: plan.changes))
        for change in plan.changes where change.key.namespace != lastNamespace {
            namespaces.insert(change.key.namespace)
            lastNamespace = change.key.namespace
        }
    }
}
