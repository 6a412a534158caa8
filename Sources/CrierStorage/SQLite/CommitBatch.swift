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
    private(set) var namespaces = Set<StoreNamespace>()
    private var lastNamespace: StoreNamespace?

    init(before: StoreState? = nil) {
        self.before = before
    }

    mutating func reserve(_ count: Int) { plans.reserveCapacity(count) }

    mutating func append(_ plan: TransactionPlan) {
        plans.append(plan)
        for change in plan.changes where change.key.namespace != lastNamespace {
            namespaces.insert(change.key.namespace)
            lastNamespace = change.key.namespace
        }
    }
}

/// What a commit changed, for the watchers.
struct CommittedChanges {
    private let plans: [TransactionPlan]
    private let epoch: UInt64

    init(_ batch: CommitBatch, epoch: UInt64) {
        plans = batch.plans
        self.epoch = epoch
    }

    /// In order. They are made anew each time: for most commits nobody asks.
    var sets: [StoreChangeSet] {
        plans.compactMap { plan in
            plan.changes.first.map {
                StoreChangeSet(
                    position: StorePosition(epoch: epoch, revision: $0.revision), changes: plan.changes)
            }
        }
    }
}
