import CSQLite
import CrierCore

/// Reads the log of changes on one connection.
struct LogReader: ~Copyable {
    private static let columns = "place, namespace, key, entry, previous, kind"

    private let changesAfter: SQLiteStatement
    private let newestOfKey: SQLiteStatement
    private let firstOfKeyAfter: SQLiteStatement
    private let coder = EntryCoder()

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        let changesAfter = try connection.prepare(
            "SELECT \(Self.columns) FROM change WHERE place >= ?1 ORDER BY place"
        )
        // Without an index, which would cost every commit a page: the log is bounded, and SQLite looks through all of it
        // in some ten milliseconds.
        let newestOfKey = try connection.prepare(
            "SELECT \(Self.columns) FROM change WHERE key = ?2 AND namespace = ?1 ORDER BY place DESC LIMIT ?3"
        )
        let firstOfKeyAfter = try connection.prepare(
            """
            SELECT \(Self.columns) FROM change
            WHERE place >= ?3 AND key = ?2 AND namespace = ?1 ORDER BY place LIMIT 1
            """
        )
        self.changesAfter = changesAfter
        self.newestOfKey = newestOfKey
        self.firstOfKeyAfter = firstOfKeyAfter
    }

    /// The log after a revision: about `KeyValueLimits.watchPageChanges` changes, whole revisions only.
    func changeSets(after revision: UInt64, epoch: UInt64) throws(SQLiteError) -> [StoreChangeSet] {
        var sets: [StoreChangeSet] = []
        var current: [StoreChange] = []
        var page = (changes: 0, bytes: 0)
        func finishRevision() {
            guard let revision = current.first?.revision else { return }
            sets.append(StoreChangeSet(position: StorePosition(epoch: epoch, revision: revision), changes: current))
            current = []
        }
        try changesAfter.forEachRow([.number(ChangePlace.first(of: revision + 1))]) { row throws(SQLiteError) in
            let change = try change(row)
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

    /// The last changes of a key, newest first.
    func newest(of key: StoreKey, limit: Int) throws(SQLiteError) -> [StoreChange] {
        var changes: [StoreChange] = []
        var bytes = 0
        let values: [SQLiteValue] = [.text(key.namespace.name), .bytes(of: key.key), .integer(Int64(limit))]
        try newestOfKey.forEachRow(values) { row throws(SQLiteError) in
            let change = try change(row)
            changes.append(change)
            bytes += change.byteCount
            return bytes < KeyValueLimits.pageBytes
        }
        return changes
    }

    /// The first change of a key after a revision: what it was before is what it was at the revision.
    func first(of key: StoreKey, after revision: UInt64) throws(SQLiteError) -> StoreChange? {
        try firstOfKeyAfter.first(
            .text(key.namespace.name), .bytes(of: key.key), .number(ChangePlace.first(of: revision + 1))
        ) { row throws(SQLiteError) in try change(row) }
    }

    private func change(_ row: SQLiteRow) throws(SQLiteError) -> StoreChange {
        let revision = ChangePlace.revision(row.number(0))
        let key = try StoreKey(row: row, 1, 2)
        let previous = try row.isNull(4) ? nil : coder.decode(row.bytes(4), key)
        if !row.isNull(3) { return try .put(coder.decode(row.bytes(3), key), previous: previous) }
        guard let previous else {
            throw SQLiteError(code: SQLITE_CORRUPT, message: "the log's change at revision \(revision) is empty")
        }
        return row.integer(5) == ChangeKind.expired
            ? .expire(previous, revision: revision) : .delete(previous, revision: revision)
    }
}

/// What `change.kind` says.
enum ChangeKind {
    static let expired: Int64 = 1
}
