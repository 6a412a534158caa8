import CrierCore

/// Removes what the log need not keep, a slice with a commit, so that no commit waits for the removal of much.
struct LogCompaction: ~Copyable {
    private let statements: LogStatements
    private let retention: LogRetention
    /// When the writer last looked how old the log is, and where that was.
    private var lookedAt: Int64
    private var notedRevision: UInt64?
    /// Everything up to this revision is too old.
    private var agedRevision: UInt64 = 0

    init(_ connection: borrowing SQLiteConnection, _ retention: LogRetention) throws(SQLiteError) {
        let statements = try LogStatements(connection)
        let lookedAt = try statements.lastNote() ?? .min
        self.statements = statements
        self.retention = retention
        self.lookedAt = lookedAt
    }

    /// How many revisions wait for their removal.
    func lag(_ state: borrowing StoreState) -> UInt64 {
        let end = retention.surplusEnd(state, aged: agedRevision)
        return end > state.compacted ? end - state.compacted : 0
    }

    /// As part of a commit: removes a slice. True: something was removed.
    mutating func run(_ state: inout StoreState, _ now: Int64) throws(SQLiteError) -> Bool {
        // A wall clock that was set back looks again, too.
        if now &- SQLiteLimits.momentMilliseconds >= lookedAt || now < lookedAt {
            try look(state.position.revision, now)
        }
        let end = min(
            retention.surplusEnd(state, aged: agedRevision), state.compacted + SQLiteLimits.compactionRevisions)
        guard end > state.compacted else { return false }
        state.logBytes -= try statements.remove(through: end)
        state.compacted = end
        return true
    }

    func save(_ state: StoreState) throws(SQLiteError) {
        try statements.save(state)
    }

    /// A commit failed: what it noted is not there.
    mutating func reset() {
        lookedAt = .min
        notedRevision = nil
    }

    private mutating func look(_ revision: UInt64, _ now: Int64) throws(SQLiteError) {
        if revision != notedRevision { try statements.note(revision, at: now) }
        notedRevision = revision
        lookedAt = now
        if let age = retention.milliseconds { agedRevision = try statements.revision(notAfter: now - age) }
    }
}
