import CSQLite
import CrierCore
import NIOCore

/// The one connection that writes: transactions, the log of changes, its compaction, expiry, and checkpoints.
///
/// SQLite before 3.51.3 can corrupt a write-ahead log when one connection checkpoints while another commits
/// (sqlite.org/wal.html, "The WAL-reset bug"); with one connection for both this cannot happen.
struct StoreWriter: ~Copyable {
    /// What became of a commit.
    enum CommitResult<Answer> {
        /// Committed and on the disk. The changes are for the watchers.
        case committed(Answer, CommittedChanges)
        /// Nothing of it was done.
        case rolledBack(SQLiteError)
        /// It may be on the disk or not.
        case unknown(SQLiteError)
    }

    let connection: SQLiteConnection
    private let begin: SQLiteStatement
    private let end: SQLiteStatement
    let source: EntrySource
    let log: LogReader
    private var changes: ChangeLog
    let expiries: ExpiryStatements
    let entries: EntryStatements
    let coder = EntryCoder()
    private let quotas: StoreQuotas
    private let gate: CommitGate

    var accounts: StoreAccounts
    var schedule = ExpirySchedule()
    /// Where the arming of what was there at the start goes on; nil: all of it is armed.
    var unarmed: ExpiryStatements.Cursor? = ExpiryStatements.Cursor()
    private var savedUsage: [StoreNamespace: StoreUsage]
    private(set) var state: StoreState
    /// What brings unfolded entries into their table; nil: nothing does.
    var folding: FoldPass?
    /// Folds what there is, however little.
    var mustFold = false
    let foldLimits: FoldLimits
    private let onMoment: (@Sendable (StoreMoment) -> Void)?
    /// The revision that the row of `state` says.
    private var savedRevision: UInt64
    private var batch = CommitBatch()
    /// The copy that is being made.
    var backup: BackupCopy?

    init(
        _ connection: consuming SQLiteConnection,
        _ state: StoreState,
        _ opening: StoreOpening,
        _ settings: SQLiteStoreSettings,
        cache: EntryCache,
        gate: CommitGate
    ) throws(SQLiteError) {
        let begin = try connection.prepare("BEGIN IMMEDIATE")
        let end = try connection.prepare("COMMIT")
        let reader = try StoreReader(connection, opening)
        let log = try LogReader(connection)
        let changes = try ChangeLog(connection, settings.retention)
        let expiries = try ExpiryStatements(connection)
        let entries = try EntryStatements(connection)
        let usage = try expiries.usage()
        let timed = try expiries.timedEntries()
        var accounts = StoreAccounts(usage: usage, leaseEntries: timed.leases, timedEntries: timed.own)
        for lease in try expiries.leases() { accounts.grant(lease.id) }
        // All or none: a noncopyable value cannot be left half made.
        self.connection = connection
        self.begin = begin
        self.end = end
        source = EntrySource(reader, cache)
        self.log = log
        self.changes = changes
        self.expiries = expiries
        self.entries = entries
        foldLimits = settings.folding
        onMoment = settings.onMoment
        quotas = settings.quotas
        self.gate = gate
        self.accounts = accounts
        savedUsage = usage
        self.state = state
        savedRevision = state.position.revision
    }

    var position: StorePosition { state.position }
    var compacted: UInt64 { state.compacted }
    /// Revisions that are in the log and need not be.
    var compactionLag: UInt64 { changes.lag(state) }

    /// Commits what the transactions change, with one wait for the disk.
    mutating func commit(
        _ writes: [CommitQueue.Write],
        _ now: StoreTime
    ) -> CommitResult<[Result<StoreTransaction.Outcome, KeyValueError>]> {
        commit(now) { writer throws(SQLiteError) in
            var results: [Result<StoreTransaction.Outcome, KeyValueError>] = []
            results.reserveCapacity(writes.count)
            writer.batch.reserve(writes.count)
            for write in writes {
                switch try writer.plan(write.transaction, now.wall) {
                case .success(let plan):
                    try writer.store(plan)
                    results.append(.success(plan.outcome(writer.position)))
                case .failure(let refusal): results.append(.failure(refusal))
                }
            }
            return results
        }
    }

    /// One commit of whatever `body` stores.
    mutating func commit<Answer>(
        _ now: StoreTime,
        _ body: (inout StoreWriter) throws(SQLiteError) -> Answer
    ) -> CommitResult<Answer> {
        batch = CommitBatch(before: state)
        do throws(SQLiteError) {
            try begin.run()
            let answer = try body(&self)
            try finishBatch(now)
            let changes = CommittedChanges(batch, epoch: position.epoch)
            batch = CommitBatch()
            return .committed(answer, changes)
        } catch {
            return undo(error)
        }
    }

    /// Makes the changes of a plan, as part of a commit.
    mutating func store(_ plan: TransactionPlan) throws(SQLiteError) {
        guard let revision = plan.changes.first?.revision else { return }
        try changes.append(plan.changes, &state)
        for change in plan.changes {
            try expiries.apply(change)
            source.store(change.entry, of: change.key, revision)
        }
        accounts.apply(plan.changes)
        state.position = StorePosition(epoch: position.epoch, revision: revision)
        batch.append(plan)
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
        try log.changeSets(after: revision, epoch: position.epoch)
    }

    /// A refusal concerns this transaction alone; a failure of the database, all of the batch.
    private func plan(
        _ transaction: StoreTransaction,
        _ now: Int64
    ) throws(SQLiteError) -> Result<TransactionPlan, KeyValueError> {
        source.forget()
        do throws(KeyValueError) {
            return .success(
                try TransactionPlan(
                    transaction,
                    reading: source,
                    accounts: accounts,
                    quotas: quotas,
                    revision: position.revision + 1,
                    now: now
                )
            )
        } catch {
            if let failure = source.takeError() { throw failure }
            return .failure(error)
        }
    }

    private mutating func finishBatch(_ now: StoreTime) throws(SQLiteError) {
        try changes.finishRow(&state)
        let compactionEnd = try changes.nextEnd(state, now.wall)
        let slice = try foldSlice(isUrgent: compactionEnd > state.folded, beside: batch.plans.count)
        let wasCompacted = try compact(through: min(compactionEnd, slice?.revision ?? state.folded))
        if let revision = slice?.revision { state.folded = revision }
        if wasCompacted || slice?.revision != nil
            || state.position.revision - savedRevision >= SQLiteLimits.stateRevisions
        {
            try changes.save(state)
            savedRevision = state.position.revision
        }
        var written: [StoreNamespace: StoreUsage?] = [:]
        for namespace in batch.namespaces where accounts.usage[namespace] != savedUsage[namespace] {
            try expiries.save(accounts.usage[namespace], of: namespace)
            written[namespace] = .some(accounts.usage[namespace])
        }
        // Readers that see the commit in the database wait at the gate until it is visible in the cache too.
        try gate.pass { () throws(SQLiteError) in
            try end.run()
            source.cache.publish(position.revision)
        }
        if let slice { finishFolding(slice) }
        for (namespace, usage) in written { savedUsage[namespace] = usage }
        for plan in batch.plans { schedule.apply(plan.changes, keeping: plan.keptExpiries, now: now.monotonic) }
    }

    /// Removes a slice of the log that entries were folded from. False: there is none to remove.
    private mutating func compact(through end: UInt64) throws(SQLiteError) -> Bool {
        guard end > state.compacted else { return false }
        try changes.remove(through: end, &state)
        passes(.compaction)
        return true
    }

    /// A place where a test may end the process.
    func passes(_ moment: StoreMoment) { onMoment?(moment) }

    private mutating func undo<Answer>(_ error: SQLiteError) -> CommitResult<Answer> {
        for plan in batch.plans.reversed() { accounts.revert(plan.changes) }
        if let before = batch.before { state = before }
        savedRevision = min(savedRevision, state.position.revision)
        if !batch.plans.isEmpty { source.cache.takeBack() }
        changes.reset()
        batch = CommitBatch()
        do throws(SQLiteError) {
            try connection.rollback()
            return error.endsTheProcess ? .unknown(error) : .rolledBack(error)
        } catch {
            return .unknown(error)
        }
    }
}
