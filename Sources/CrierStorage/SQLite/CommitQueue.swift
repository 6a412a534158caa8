import CrierCore
import NIOCore
import Synchronization

/// What waits for the writer, and the one thread that does it.
///
/// Group commit without a timer: whoever comes while a commit waits for the disk is in the next one. So a lone writer
/// waits for nobody, and a crowd shares its fsyncs.
final class CommitQueue: Sendable {
    /// Work on the writer's thread that is not part of a crowd's commit. It returns what it committed and what answers.
    typealias Alone = @Sendable (inout StoreWriter, StoreTime) -> Effect

    enum Request: Sendable {
        case transact(Write)
        case alone(Alone, orElse: @Sendable (KeyValueError) -> Void)
    }

    /// A transaction and who waits for it.
    struct Write: Sendable {
        let transaction: StoreTransaction
        /// Counted before anybody waits for the queue's lock.
        let bytes: Int
        let answer: StoreTransaction.Completion
    }

    /// What work on the writer did.
    struct Effect {
        /// For the watchers, before `answer` runs.
        var changes: CommittedChanges?
        /// What the database said, if it failed.
        var failure: SQLiteError?
        var answer: () -> Void = {}
    }

    private let waiting = Mutex(WaitingRequests())
    private let writer: Mutex<StoreWriter?>
    private let thread = WriterThread()
    private let feed: ChangeFeed
    private let clock: WallClock
    private let timer: MonotonicClock
    private let fatal: @Sendable (String) -> Void

    init(
        _ writer: consuming sending StoreWriter,
        feed: ChangeFeed,
        clock: WallClock,
        timer: MonotonicClock,
        fatal: @escaping @Sendable (String) -> Void
    ) {
        self.writer = Mutex(writer)
        self.feed = feed
        self.clock = clock
        self.timer = timer
        self.fatal = fatal
        thread.start { [weak self] in self?.work() ?? nil }
    }

    /// For a store that was never closed.
    deinit { thread.end() }

    func add(_ request: Request) {
        let (refusal, mustWake) = waiting.withLock { $0.add(request) }
        if let refusal { return request.refuse(refusal) }
        if mustWake { thread.wake() }
    }

    /// Does what waits, then closes the database. Later requests are refused.
    func close() async {
        refuseFromNowOn(KeyValueError(.unavailable, "the key-value store is closed"))
        await withCheckedContinuation { done in
            let isOpen = waiting.withLock { waiting in
                if waiting.isEnded { return false }
                waiting.closer = { done.resume() }
                return true
            }
            if isOpen { thread.wake() } else { done.resume() }
        }
        feed.close(.closed)
        thread.end()
    }

    /// Wakes the thread for what a test's clock has made due.
    func lookAfterDeadlines() { thread.wake() }

    /// For a failure that a reader met.
    func failed(_ error: SQLiteError) {
        guard error.endsTheProcess else { return }
        refuseFromNowOn(Self.brokenError)
        fatal("the key-value store cannot be read: \(error.message)")
    }

    /// On the thread: everything that waits, and what is due. Returns when something is due next.
    private func work() -> NIODeadline? {
        var rest = Rest.untilDeadline
        while true {
            let batch = waiting.withLock { $0.takeBatch() }
            rest = writer.withLock { writer in
                guard writer != nil else {
                    batch.forEach { $0.refuse(Self.brokenError) }
                    return .untilDeadline
                }
                commit(batch, &writer)
                return lookAfterTime(&writer)
            }
            guard batch.isEmpty, rest != .none else { continue }
            if waiting.withLock({ $0.sleep() }) { break }
        }
        if let closer = waiting.withLock({ $0.end() }) {
            // The last connection to close writes the log back and removes it.
            writer.withLock { $0 = nil }
            closer()
        }
        let next = writer.withLock { $0?.nextDeadline }
        return rest == .aWhile ? timer.now + SQLiteLimits.expiryRetry : next
    }

    private func commit(_ batch: [Request], _ writer: inout StoreWriter?) {
        var writes: [Write] = []
        writes.reserveCapacity(batch.count)
        for case .transact(let write) in batch { writes.append(write) }
        if !writes.isEmpty { commit(writes, &writer) }
        for case .alone(let work, let refuse) in batch {
            guard let effect = writer?.lend(work, now) else {
                refuse(Self.brokenError)
                continue
            }
            finish(effect, &writer)
        }
    }

    private func commit(_ writes: [Write], _ writer: inout StoreWriter?) {
        switch writer?.commit(writes, now) {
        case .committed(let results, let changes):
            // Watchers hear of it after the commit, and before whoever caused it can act on its answer.
            feed.publish(changes.sets)
            for (write, result) in zip(writes, results) { write.answer(result) }
        case .rolledBack(let error):
            for write in writes { write.answer(.failure(KeyValueError(error))) }
        case .unknown(let error):
            for write in writes { write.answer(.failure(.indeterminate(error))) }
            stop(error, &writer)
        case nil: break
        }
    }

    /// What the thread may do when nothing waits.
    private enum Rest {
        /// There is more to do at once.
        case none
        case untilDeadline
        /// What is due could not be done now.
        case aWhile
    }

    /// Checkpoints, and what has run out.
    private func lookAfterTime(_ writer: inout StoreWriter?) -> Rest {
        do throws(SQLiteError) {
            try writer?.checkpointIfDue()
            if writer?.unarmed != nil {
                try writer?.armSlice(timer.now)
                return .none
            }
        } catch {
            if error.endsTheProcess { stop(error, &writer) }
            return .aWhile
        }
        switch writer?.expireDue(now) {
        case .committed(_, let changes):
            feed.publish(changes.sets)
            return .none
        // A full disk: it stays due.
        case .rolledBack: return .aWhile
        case .unknown(let error):
            stop(error, &writer)
            return .untilDeadline
        case nil: return .untilDeadline
        }
    }

    private func finish(_ effect: Effect, _ writer: inout StoreWriter?) {
        if let changes = effect.changes { feed.publish(changes.sets) }
        effect.answer()
        if let failure = effect.failure, failure.endsTheProcess { stop(failure, &writer) }
    }

    /// The disk can no longer be trusted: nothing is answered from here on, and the process should end.
    private func stop(_ error: SQLiteError, _ writer: inout StoreWriter?) {
        refuseFromNowOn(Self.brokenError)
        writer = nil
        feed.close(.closed)
        fatal("the key-value store failed and its last writes may be lost: \(error.message)")
    }

    private func refuseFromNowOn(_ error: KeyValueError) {
        waiting.withLock { $0.close(error) }
    }

    private var now: StoreTime { StoreTime(wall: clock.milliseconds, monotonic: timer.now) }

    private static let brokenError = KeyValueError(.unavailable, "the key-value store failed and is stopped")
}

extension KeyValueError {
    static func indeterminate(_ error: SQLiteError) -> KeyValueError {
        KeyValueError(.indeterminate, "the key-value store failed: \(error.message)")
    }
}

extension StoreWriter {
    fileprivate mutating func lend(_ work: CommitQueue.Alone, _ now: StoreTime) -> CommitQueue.Effect {
        work(&self, now)
    }
}
