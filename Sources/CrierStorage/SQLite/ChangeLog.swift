import CrierCore

/// The writer's side of the log: changes are appended in rows of many, and what need not be kept is removed in slices,
/// so that no commit waits for the removal of much.
struct ChangeLog: ~Copyable {
    private let statements: LogStatements
    private let retention: LogRetention
    private let coder = EntryCoder()
    /// What stands in no row of the table yet.
    private var row = LogRow()
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

    // MARK: Appending

    /// As part of a commit.
    mutating func append(_ changes: [StoreChange], _ state: inout StoreState) throws(SQLiteError) {
        for (ordinal, change) in changes.enumerated() {
            row.append(change, ordinal: ordinal, coder)
            if row.bytes.count >= SQLiteLimits.logRowBytes { try finishRow(&state) }
        }
    }

    /// The end of a commit, or of what a row takes.
    mutating func finishRow(_ state: inout StoreState) throws(SQLiteError) {
        guard !row.isEmpty else { return }
        state.logBytes += try statements.add(row)
        row.removeAll()
    }

    func save(_ state: StoreState) throws(SQLiteError) {
        try statements.save(state)
    }

    /// A commit failed: what it appended and noted is not there.
    mutating func reset() {
        row.removeAll()
        lookedAt = .min
        notedRevision = nil
    }

    // MARK: Removing

    /// The revision that the next slice of compaction ends at; at most where the log begins when there is none.
    mutating func nextEnd(_ state: borrowing StoreState, _ now: Int64) throws(SQLiteError) -> UInt64 {
        // A wall clock that was set back looks again, too.
        if now &- SQLiteLimits.momentMilliseconds >= lookedAt || now < lookedAt {
            try look(state.position.revision, now)
        }
        return min(retention.surplusEnd(state, aged: agedRevision), state.compacted + SQLiteLimits.compactionRevisions)
    }

    /// As part of a commit.
    func remove(through end: UInt64, _ state: inout StoreState) throws(SQLiteError) {
        state.logBytes -= try statements.remove(through: end)
        state.compacted = end
    }

    private mutating func look(_ revision: UInt64, _ now: Int64) throws(SQLiteError) {
        if revision != notedRevision { try statements.note(revision, at: now) }
        notedRevision = revision
        lookedAt = now
        if let age = retention.milliseconds { agedRevision = try statements.revision(notAfter: now - age) }
    }
}
