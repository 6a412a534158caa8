import CSQLite
import CrierCore

/// What the writer does with the log as a whole: its rows, where it is, when that was, and the removal of its oldest
/// part.
struct LogStatements: ~Copyable {
    private let addRow: SQLiteStatement
    private let writeState: SQLiteStatement
    private let bytesThrough: SQLiteStatement
    private let removeThrough: SQLiteStatement
    private let addMoment: SQLiteStatement
    private let lastMoment: SQLiteStatement
    private let revisionAt: SQLiteStatement
    private let removeMoments: SQLiteStatement

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        let addRow = try connection.prepare("INSERT INTO log(place, changes) VALUES(?1, ?2)")
        let writeState = try connection.prepare(
            "UPDATE state SET revision = ?1, compacted = ?2, log_bytes = ?3, folded = ?4")
        let bytesThrough = try connection.prepare("SELECT COALESCE(SUM(LENGTH(changes)), 0) FROM log WHERE place < ?1")
        let removeThrough = try connection.prepare("DELETE FROM log WHERE place < ?1")
        let addMoment = try connection.prepare("INSERT OR REPLACE INTO moment VALUES(?1, ?2)")
        let lastMoment = try connection.prepare("SELECT at FROM moment ORDER BY revision DESC LIMIT 1")
        let revisionAt = try connection.prepare(
            "SELECT revision FROM moment WHERE at <= ?1 ORDER BY revision DESC LIMIT 1"
        )
        let removeMoments = try connection.prepare("DELETE FROM moment WHERE revision <= ?1")
        self.addRow = addRow
        self.writeState = writeState
        self.bytesThrough = bytesThrough
        self.removeThrough = removeThrough
        self.addMoment = addMoment
        self.lastMoment = lastMoment
        self.revisionAt = revisionAt
        self.removeMoments = removeMoments
    }

    /// Returns the bytes that the log grew by.
    func add(_ row: borrowing LogRow) throws(SQLiteError) -> Int {
        try row.bytes
            .withUnsafeBytes { bytes in
                Result { () throws(SQLiteError) in
                    try addRow.run { binder in
                        binder.number(row.place, 1)
                        binder.blob(bytes, 2)
                    }
                }
            }
            .get()
        return row.bytes.count
    }

    func save(_ state: StoreState) throws(SQLiteError) {
        try writeState.run(
            .number(state.position.revision), .number(state.compacted), .integer(Int64(state.logBytes)),
            .number(state.folded)
        )
    }

    /// Removes the rows that end at a revision or before it. Returns the bytes that the log shrank by.
    func remove(through revision: UInt64) throws(SQLiteError) -> Int {
        let end = SQLiteValue.number(ChangePlace.first(of: revision + 1))
        let bytes = try bytesThrough.first(end) { $0.integer(0) } ?? 0
        try removeThrough.run(end)
        try removeMoments.run(.number(revision))
        return Int(bytes)
    }

    /// The store is at this revision now.
    func note(_ revision: UInt64, at milliseconds: Int64) throws(SQLiteError) {
        try addMoment.run(.number(revision), .integer(milliseconds))
    }

    /// When `note` was called last; nil: never.
    func lastNote() throws(SQLiteError) -> Int64? {
        try lastMoment.first { $0.integer(0) }
    }

    /// The last revision that is known to be as old as this, or 0.
    func revision(notAfter milliseconds: Int64) throws(SQLiteError) -> UInt64 {
        try revisionAt.first(.integer(milliseconds)) { $0.number(0) } ?? 0
    }
}
