import CSQLite
import CrierCore

/// The one connection that writes: transactions, the log of changes, its compaction, and checkpoints.
///
/// SQLite before 3.51.3 can corrupt a write-ahead log when one connection checkpoints while another commits
/// (sqlite.org/wal.html, "The WAL-reset bug"); with one connection for both this cannot happen.
struct StoreWriter: ~Copyable {
    /// What became of transactions that were committed together.
    enum BatchResult {
        /// Committed and on the disk. The change sets are for the watchers.
        case committed([Result<StoreTransaction.Outcome, KeyValueError>], [StoreChangeSet])
        /// Nothing of it was done.
        case rolledBack(SQLiteError)
        /// It may be on the disk or not.
        case unknown(SQLiteError)
    }

    private let connection: SQLiteConnection
    private let reader: StoreReader
    private let statements: StoreStatements
    private let retention: LogRetention
    private(set) var position: StorePosition
    private(set) var compacted: UInt64
    private var logBytes: Int

    init(_ connection: consuming SQLiteConnection, retention: LogRetention) throws(SQLiteError) {
        let reader = try StoreReader(connection)
        let statements = try StoreStatements(connection)
        let position = try reader.position()
        let log = try statements.logState()
        self.connection = connection
        self.reader = reader
        self.statements = statements
        self.retention = retention
        self.position = position
        compacted = log.compacted
        logBytes = log.bytes
    }

    /// Commits what the transactions change, with one wait for the disk.
    mutating func commit(_ transactions: [StoreTransaction], now: Int64) -> BatchResult {
        let (oldPosition, oldBytes, oldCompacted) = (position, logBytes, compacted)
        if transactions.isEmpty { return .committed([], []) }
        do throws(SQLiteError) {
            let (results, sets) = try apply(transactions, now: now)
            return .committed(results, sets)
        } catch {
            (position, logBytes, compacted) = (oldPosition, oldBytes, oldCompacted)
            return undo(error)
        }
    }

    /// Writes the log back when it has grown. A full disk is no reason to stop: the data is safe in the log.
    func checkpointIfDue() throws(SQLiteError) {
        let pages = connection.pagesInLog
        guard pages >= SQLiteLimits.checkpointPages else { return }
        try checkpoint(whole: pages >= SQLiteLimits.forcedCheckpointPages)
    }

    func checkpoint(whole: Bool) throws(SQLiteError) {
        do throws(SQLiteError) {
            try connection.checkpoint(whole: whole)
        } catch  where error.isFull {
            return
        }
    }

    /// The log after a revision: about `KeyValueLimits.watchPageChanges` changes, whole revisions only.
    func log(after revision: UInt64) throws(SQLiteError) -> [StoreChangeSet] {
        try statements.log(after: revision, epoch: position.epoch)
    }

    private mutating func apply(
        _ transactions: [StoreTransaction],
        now: Int64
    ) throws(SQLiteError) -> ([Result<StoreTransaction.Outcome, KeyValueError>], [StoreChangeSet]) {
        try connection.execute("BEGIN IMMEDIATE")
        var results: [Result<StoreTransaction.Outcome, KeyValueError>] = []
        var sets: [StoreChangeSet] = []
        for transaction in transactions {
            switch try plan(transaction, now: now) {
            case .success(let plan):
                if let set = try store(plan.changes) { sets.append(set) }
                results.append(.success(plan.outcome(position)))
            case .failure(let refusal): results.append(.failure(refusal))
            }
        }
        if !sets.isEmpty {
            try compact()
            try statements.saveState(revision: position.revision, compacted: compacted, logBytes: logBytes)
        }
        try connection.execute("COMMIT")
        return (results, sets)
    }

    /// A refusal concerns this transaction alone; a failure of the database, all of the batch.
    private func plan(
        _ transaction: StoreTransaction,
        now: Int64
    ) throws(SQLiteError) -> Result<TransactionPlan, KeyValueError> {
        do throws(KeyValueError) {
            return .success(
                try TransactionPlan(transaction, reading: reader, revision: position.revision + 1, now: now)
            )
        } catch {
            if let failure = reader.takeError() { throw failure }
            return .failure(error)
        }
    }

    private mutating func store(_ changes: [StoreChange]) throws(SQLiteError) -> StoreChangeSet? {
        guard let revision = changes.first?.revision else { return nil }
        for (ordinal, change) in changes.enumerated() {
            logBytes += try statements.store(change, ordinal: ordinal)
        }
        position = StorePosition(epoch: position.epoch, revision: revision)
        return StoreChangeSet(position: position, changes: changes)
    }

    /// Removes a slice of what the log need not keep, so that no commit waits for the removal of much.
    private mutating func compact() throws(SQLiteError) {
        let count = retention.surplus(revisions: position.revision - compacted, bytes: logBytes)
        guard count > 0 else { return }
        let end = compacted + min(count, SQLiteLimits.compactionRevisions)
        logBytes -= try statements.removeLog(through: end)
        compacted = end
    }

    private func undo(_ error: SQLiteError) -> BatchResult {
        do throws(SQLiteError) {
            try connection.rollback()
            return error.endsTheProcess ? .unknown(error) : .rolledBack(error)
        } catch {
            return .unknown(error)
        }
    }
}
