import CrierCore

/// What waits for the writer's thread, within bounds. A plain value: `CommitQueue` locks it and wakes the thread.
struct WaitingRequests {
    /// Called once the writer is closed.
    var closer: (@Sendable () -> Void)?
    private(set) var isEnded = false

    private var requests: [CommitQueue.Request] = []
    private var bytes = 0
    private var isAsleep = true
    private var closed: KeyValueError?

    private var isFull: Bool {
        requests.count >= SQLiteLimits.queuedRequests || bytes >= SQLiteLimits.queuedBytes
    }

    /// A refusal, or whether the thread sleeps and must be woken.
    mutating func add(_ request: CommitQueue.Request) -> (KeyValueError?, mustWake: Bool) {
        if let closed { return (closed, false) }
        guard !isFull else { return (Self.overload, false) }
        requests.append(request)
        bytes += request.byteCount
        defer { isAsleep = false }
        return (nil, isAsleep)
    }

    /// The next to be done together, empty when nothing waits.
    mutating func takeBatch() -> [CommitQueue.Request] {
        isAsleep = false
        var count = 0
        var batchBytes = 0
        let most = min(requests.count, SQLiteLimits.transactionsPerCommit)
        while count < most, batchBytes < SQLiteLimits.bytesPerCommit {
            batchBytes += requests[count].byteCount
            count += 1
        }
        bytes -= batchBytes
        if count == requests.count {
            defer {
                // The next are likely to be as many: they need not make room one after the other.
                requests = []
                requests.reserveCapacity(count)
            }
            return requests
        }
        defer { requests.removeFirst(count) }
        return Array(requests[..<count])
    }

    /// False: something has come in the meantime.
    mutating func sleep() -> Bool {
        isAsleep = requests.isEmpty
        return isAsleep
    }

    /// Later requests are refused with this.
    mutating func close(_ error: KeyValueError) {
        closed = closed ?? error
    }

    /// Who waits for the end, once.
    mutating func end() -> (@Sendable () -> Void)? {
        guard let closer = closer.take() else { return nil }
        isEnded = true
        return closer
    }

    private static let overload = KeyValueError(
        .unavailable,
        "the key-value store has \(SQLiteLimits.queuedRequests) requests or \(SQLiteLimits.queuedBytes) bytes waiting "
            + "for the disk: try again later"
    )
}

extension CommitQueue.Request {
    fileprivate var byteCount: Int {
        if case .transact(let write) = self { return write.bytes }
        return 0
    }

    func refuse(_ error: KeyValueError) {
        switch self {
        case .transact(let write): write.answer(.failure(error))
        case .alone(_, let refuse): refuse(error)
        }
    }
}
