import CrierCore
import NIOPosix
import Synchronization

/// What waits for the writer, and the one thread that does it.
///
/// Group commit without a timer: whoever comes while a commit waits for the disk is in the next one. So a lone writer
/// waits for nobody, and a crowd shares its fsyncs.
final class CommitQueue: Sendable {
    enum Request: Sendable {
        case transact(StoreTransaction, StoreTransaction.Completion)
        /// Work between two commits.
        case between(@Sendable (borrowing StoreWriter) -> Void, orElse: @Sendable (KeyValueError) -> Void)
    }

    private struct Waiting {
        var requests: [Request] = []
        var bytes = 0
        var isDraining = false
        var closed: KeyValueError?

        var isFull: Bool {
            requests.count >= SQLiteLimits.queuedRequests || bytes >= SQLiteLimits.queuedBytes
        }

        /// The next to be done together, empty when nothing waits.
        mutating func takeBatch() -> [Request] {
            var count = 0
            var batchBytes = 0
            let most = min(requests.count, SQLiteLimits.transactionsPerCommit)
            while count < most, batchBytes < SQLiteLimits.bytesPerCommit {
                batchBytes += requests[count].byteCount
                count += 1
            }
            bytes -= batchBytes
            defer { requests.removeFirst(count) }
            return Array(requests[..<count])
        }
    }

    private let waiting = Mutex(Waiting())
    private let writer: Mutex<StoreWriter?>
    private let threads = NIOThreadPool(numberOfThreads: 1)
    private let feed: ChangeFeed
    private let clock: WallClock
    private let fatal: @Sendable (String) -> Void

    init(
        _ writer: consuming sending StoreWriter,
        feed: ChangeFeed,
        clock: WallClock,
        fatal: @escaping @Sendable (String) -> Void
    ) {
        self.writer = Mutex(writer)
        self.feed = feed
        self.clock = clock
        self.fatal = fatal
        threads.start()
    }

    /// For a store that was never closed: NIO wants its pools stopped. Then it does nothing.
    deinit { threads.shutdownGracefully { _ in } }

    func add(_ request: Request) {
        let (refusal, mustStart) = waiting.withLock { waiting -> (KeyValueError?, Bool) in
            if let closed = waiting.closed { return (closed, false) }
            guard !waiting.isFull else { return (Self.overload, false) }
            waiting.requests.append(request)
            waiting.bytes += request.byteCount
            defer { waiting.isDraining = true }
            return (nil, !waiting.isDraining)
        }
        if let refusal { return request.refuse(refusal) }
        if mustStart { threads.submit { _ in self.drain() } }
    }

    /// Does what waits, then closes the database. Later requests are refused.
    func close() async {
        refuseFromNowOn(KeyValueError(.unavailable, "the key-value store is closed"))
        await withCheckedContinuation { done in
            threads.submit { _ in
                // The last connection to close writes the log back and removes it.
                self.writer.withLock { $0 = nil }
                done.resume()
            }
        }
        feed.close(.closed)
        try? await threads.shutdownGracefully()
    }

    private static let overload = KeyValueError(
        .unavailable,
        "the key-value store has \(SQLiteLimits.queuedRequests) requests or \(SQLiteLimits.queuedBytes) bytes waiting "
            + "for the disk: try again later"
    )

    private func drain() {
        while let batch = nextBatch() {
            writer.withLock { writer in
                guard writer != nil else { return batch.forEach { $0.refuse(Self.brokenError) } }
                commit(batch, &writer)
            }
        }
    }

    private func nextBatch() -> [Request]? {
        waiting.withLock { waiting in
            let batch = waiting.takeBatch()
            waiting.isDraining = !batch.isEmpty
            return batch.isEmpty ? nil : batch
        }
    }

    private func commit(_ batch: [Request], _ writer: inout StoreWriter?) {
        var transactions: [StoreTransaction] = []
        var answers: [StoreTransaction.Completion] = []
        for case .transact(let transaction, let answer) in batch {
            transactions.append(transaction)
            answers.append(answer)
        }
        switch writer?.commit(transactions, now: clock.milliseconds) {
        case .committed(let results, let sets):
            // Watchers hear of it after the commit, and before whoever caused it can act on its answer.
            if !sets.isEmpty { feed.publish(sets) }
            for (answer, result) in zip(answers, results) { answer(result) }
        case .rolledBack(let error):
            for answer in answers { answer(.failure(KeyValueError(error))) }
        case .unknown(let error):
            let failure = KeyValueError(.indeterminate, "the key-value store failed: \(error.message)")
            for answer in answers { answer(.failure(failure)) }
            stop(error, &writer)
        case nil: break
        }
        afterCommit(batch, &writer)
    }

    private func afterCommit(_ batch: [Request], _ writer: inout StoreWriter?) {
        for case .between(let work, let refuse) in batch {
            if writer == nil { refuse(Self.brokenError) }
            writer?.lend(work)
        }
        do throws(SQLiteError) {
            try writer?.checkpointIfDue()
        } catch {
            if error.endsTheProcess { stop(error, &writer) }
        }
    }

    /// The disk can no longer be trusted: nothing is answered from here on, and the process should end.
    private func stop(_ error: SQLiteError, _ writer: inout StoreWriter?) {
        refuseFromNowOn(Self.brokenError)
        writer = nil
        feed.close(.closed)
        fatal("the key-value store failed and its last writes may be lost: \(error.message)")
    }

    /// For a failure that a request between two commits met.
    func failed(_ error: SQLiteError) {
        guard error.endsTheProcess else { return }
        refuseFromNowOn(Self.brokenError)
        fatal("the key-value store cannot be read: \(error.message)")
    }

    private func refuseFromNowOn(_ error: KeyValueError) {
        waiting.withLock { $0.closed = $0.closed ?? error }
    }

    private static let brokenError = KeyValueError(.unavailable, "the key-value store failed and is stopped")
}

extension CommitQueue.Request {
    fileprivate var byteCount: Int {
        if case .transact(let transaction, _) = self { return transaction.byteCount }
        return 0
    }

    fileprivate func refuse(_ error: KeyValueError) {
        switch self {
        case .transact(_, let answer): answer(.failure(error))
        case .between(_, let refuse): refuse(error)
        }
    }
}

extension StoreWriter {
    fileprivate func lend(_ work: (borrowing StoreWriter) -> Void) { work(self) }
}
