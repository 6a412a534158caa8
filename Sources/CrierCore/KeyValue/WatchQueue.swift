/// What waits for one watcher, and where the watcher stands. A plain value: `ChangeSubscription` locks and wakes.
struct WatchQueue {
    enum Phase {
        case behind
        case attached
        case ended(StoreReset)
    }

    enum Step {
        case event(StoreWatchEvent)
        case ended(StoreReset)
        case refill(after: UInt64)
        case wait
    }

    var phase = Phase.behind
    var progress: StorePosition?
    /// Everything up to this revision was read, or is not in the scope.
    var readRevision: UInt64
    var waiter: CheckedContinuation<Void, Never>?

    private var queue: [StoreChangeSet] = []
    /// The queue's first element that was not read yet: popping from the front of an array would move the rest.
    private var head = 0
    private var queuedChanges = 0
    private var queuedBytes = 0

    init(readRevision: UInt64) {
        self.readRevision = readRevision
    }

    var isEmpty: Bool { head == queue.count }

    var hasNews: Bool {
        if case .attached = phase { return !isEmpty || progress != nil }
        return true
    }

    var isWithinBounds: Bool {
        queuedChanges <= KeyValueLimits.watchBufferedChanges && queuedBytes <= KeyValueLimits.watchBufferedBytes
            || queue.count - head == 1
    }

    mutating func append(_ set: StoreChangeSet, _ scope: StoreScope) {
        guard let set = set.within(scope) else {
            if isEmpty { readRevision = set.position.revision }
            return
        }
        queue.append(set)
        queuedChanges += set.changes.count
        queuedBytes += set.byteCount
    }

    mutating func take() -> Step {
        if !isEmpty { return .event(.changes(pop())) }
        switch phase {
        case .ended(let reset): return .ended(reset)
        case .behind: return .refill(after: readRevision)
        case .attached:
            guard let position = progress.take() else { return .wait }
            readRevision = max(readRevision, position.revision)
            return .event(.progress(position))
        }
    }

    mutating func fallBehind() {
        phase = .behind
        queue = []
        head = 0
        queuedChanges = 0
        queuedBytes = 0
        progress = nil
    }

    private mutating func pop() -> StoreChangeSet {
        let set = queue[head]
        head += 1
        queuedChanges -= set.changes.count
        queuedBytes -= set.byteCount
        readRevision = set.position.revision
        progress = nil
        if head == queue.count {
            queue.removeAll(keepingCapacity: head <= 64)
            head = 0
        }
        return set
    }
}

extension StoreChangeSet {
    var byteCount: Int { changes.reduce(0) { $0 + $1.byteCount } }
}
