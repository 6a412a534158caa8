import CSQLite
import CrierCore

/// The writer's statements: entries, the log of changes, and the one row that says where the store is.
struct StoreStatements: ~Copyable {
    /// Bits of a change's place that count the changes within its revision.
    private static let ordinalBits: UInt64 = 20

    private let putEntry: SQLiteStatement
    private let removeEntry: SQLiteStatement
    private let appendChange: SQLiteStatement
    private let changesAfter: SQLiteStatement
    private let bytesThrough: SQLiteStatement
    private let removeThrough: SQLiteStatement
    private let readState: SQLiteStatement
    private let writeState: SQLiteStatement

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        let putEntry = try connection.prepare(
            """
            INSERT INTO entry VALUES(?1, ?2, ?3)
            ON CONFLICT(namespace, key) DO UPDATE SET entry = excluded.entry
            """
        )
        let removeEntry = try connection.prepare("DELETE FROM entry WHERE namespace = ?1 AND key = ?2")
        let appendChange = try connection.prepare("INSERT INTO change VALUES(?1, ?2, ?3, ?4, ?5)")
        let changesAfter = try connection.prepare(
            "SELECT place, namespace, key, entry, previous FROM change WHERE place >= ?1 ORDER BY place"
        )
        let bytesThrough = try connection.prepare(
            """
            SELECT COALESCE(SUM(COALESCE(LENGTH(entry), 0) + COALESCE(LENGTH(previous), 0)), 0)
            FROM change WHERE place < ?1
            """
        )
        let removeThrough = try connection.prepare("DELETE FROM change WHERE place < ?1")
        let readState = try connection.prepare("SELECT compacted, log_bytes FROM state")
        let writeState = try connection.prepare("UPDATE state SET revision = ?1, compacted = ?2, log_bytes = ?3")
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        self.putEntry = putEntry
        self.removeEntry = removeEntry
        self.appendChange = appendChange
        self.changesAfter = changesAfter
        self.bytesThrough = bytesThrough
        self.removeThrough = removeThrough
        self.readState = readState
        self.writeState = writeState
    }

    func logState() throws(SQLiteError) -> (compacted: UInt64, bytes: Int) {
        let found = try readState.first { ($0.number(0), Int($0.integer(1))) }
        guard let found else { throw SQLiteError(code: SQLITE_CORRUPT, message: "the table state is empty") }
        return found
    }

    func saveState(revision: UInt64, compacted: UInt64, logBytes: Int) throws(SQLiteError) {
        try writeState.run(.number(revision), .number(compacted), .integer(Int64(logBytes)))
    }

    /// Makes the change, and logs it. Returns the bytes that the log grew by.
    func store(_ change: StoreChange, ordinal: Int) throws(SQLiteError) -> Int {
        let namespace = SQLiteValue.text(change.key.namespace.name)
        let key = SQLiteValue.bytes(of: change.key.key)
        let entry = change.entry.map(EntryCoding.encode)
        let previous = change.previous.map(EntryCoding.encode)
        if let entry {
            try putEntry.run(namespace, key, .blob(entry))
        } else {
            try removeEntry.run(namespace, key)
        }
        let place = Self.place(change.revision) | UInt64(ordinal)
        try appendChange.run(
            .number(place), namespace, key, entry.map { .blob($0) } ?? .null, previous.map { .blob($0) } ?? .null
        )
        return (entry?.count ?? 0) + (previous?.count ?? 0)
    }

    func log(after revision: UInt64, epoch: UInt64) throws(SQLiteError) -> [StoreChangeSet] {
        var sets: [StoreChangeSet] = []
        var current: [StoreChange] = []
        var page = (changes: 0, bytes: 0)
        func finishRevision() {
            guard let revision = current.first?.revision else { return }
            sets.append(StoreChangeSet(position: StorePosition(epoch: epoch, revision: revision), changes: current))
            current = []
        }
        try changesAfter.forEachRow([.number(Self.place(revision + 1))]) { row throws(SQLiteError) in
            let change = try Self.change(row)
            if change.revision != current.first?.revision {
                finishRevision()
                if page.changes >= KeyValueLimits.watchPageChanges || page.bytes >= KeyValueLimits.pageBytes {
                    return false
                }
            }
            current.append(change)
            page.changes += 1
            page.bytes += change.byteCount
            return true
        }
        finishRevision()
        return sets
    }

    /// Returns the bytes that the log shrank by.
    func removeLog(through revision: UInt64) throws(SQLiteError) -> Int {
        let end = SQLiteValue.number(Self.place(revision + 1))
        let bytes = try bytesThrough.first(end) { $0.integer(0) } ?? 0
        try removeThrough.run(end)
        return Int(bytes)
    }

    private static func place(_ revision: UInt64) -> UInt64 { revision << ordinalBits }

    private static func change(_ row: SQLiteRow) throws(SQLiteError) -> StoreChange {
        let revision = row.number(0) >> ordinalBits
        let key = try StoreReader.key(row.text(1), row.text(2))
        let previous = try row.isNull(4) ? nil : EntryCoding.decode(row.blob(4), key)
        if !row.isNull(3) { return try .put(EntryCoding.decode(row.blob(3), key), previous: previous) }
        guard let previous else {
            throw SQLiteError(code: SQLITE_CORRUPT, message: "the log's change at revision \(revision) is empty")
        }
        return .delete(previous, revision: revision)
    }
}
