/// Who waits for the next event.
enum WatchWaiter {
    case task(CheckedContinuation<Void, Never>)
    case callback(@Sendable () -> Void)

    func wake() {
        switch self {
        case .task(let continuation): continuation.resume()
        case .callback(let notify): notify()
        }
    }
}

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
    private(set) var progress: StorePosition?
    var waiter: WatchWaiter?

    /// Everything in the scope up to here was read.
    private var readRevision: UInt64
    /// Everything in the scope up to here was read or waits.
    private var coveredRevision: UInt64
    private var queue: [StoreChangeSet] = []
    /// The queue's first element that was not read yet: popping from the front of an array would move the rest.
    private var head = 0
    private var queuedChanges = 0
    private var queuedBytes = 0

    init(readRevision: UInt64) {
        self.readRevision = readRevision
        coveredRevision = readRevision
    }

    var isEmpty: Bool { head == queue.count }

    var hasNews: Bool {
        if case .attached = phase { return !isEmpty || progress != nil }
        return true
    }

    /// Where reading on in the log begins; nil while there is no need to.
    var refillStart: UInt64? {
        guard isEmpty, case .behind = phase else { return nil }
        return coveredRevision
    }

    var isWithinBounds: Bool {
        queuedChanges <= KeyValueLimits.watchBufferedChanges && queuedBytes <= KeyValueLimits.watchBufferedBytes
            || queue.count - head == 1
    }

    /// The next changes in the scope. What the watcher has already is passed over: a driver whose feed lags behind its
    /// reads may attach one that is ahead of the feed.
    mutating func append(_ set: StoreChangeSet) {
        guard set.position.revision > coveredRevision else { return }
        // A watcher that has read all there is has read up to the revision before, whatever others did meanwhile.
        if isEmpty { readRevision = max(readRevision, set.position.revision - 1) }
        cover(set.position.revision)
        queue.append(set)
        queuedChanges += set.changes.count
        queuedBytes += set.byteCount
    }

    /// There is nothing in the scope up to here that is not queued or read.
    mutating func cover(_ revision: UInt64) {
        coveredRevision = max(coveredRevision, revision)
    }

    mutating func take() -> Step {
        if !isEmpty { return .event(.changes(pop())) }
        switch phase {
        case .ended(let reset): return .ended(reset)
        case .behind: return .refill(after: coveredRevision)
        case .attached:
            guard let position = progress.take() else { return .wait }
            readRevision = max(readRevision, position.revision)
            return .event(.progress(position))
        }
    }

    /// Where the store is, for a watcher that waits; not where it was before the watcher began.
    mutating func announce(_ position: StorePosition) {
        guard position.revision >= coveredRevision else { return }
        progress = position
        cover(position.revision)
    }

    mutating func fallBehind() {
        phase = .behind
        queue = []
        head = 0
        queuedChanges = 0
        queuedBytes = 0
        progress = nil
        coveredRevision = readRevision
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
