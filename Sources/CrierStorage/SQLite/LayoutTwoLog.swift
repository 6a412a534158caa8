import CSQLite
import CrierCore

/// The log as layouts 1 and 2 of the database have it: a row for each change, with columns.
enum LayoutTwoLog {
    private static let expired: Int64 = 1

    /// Copies it into the rows of the current layout, as part of a migration. The table of entries had every change
    /// then.
    static func convert(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        let log = try LogStatements(connection)
        let changes = try connection.prepare(
            "SELECT place, namespace, key, entry, previous, kind FROM change ORDER BY place")
        var row = LogRow()
        try changes.forEachRow([]) { change throws(SQLiteError) in
            append(change, try StoreKey(row: change, 1, 2), to: &row)
            if row.bytes.count >= SQLiteLimits.logRowBytes { try finish(&row, log) }
            return true
        }
        try finish(&row, log)
        try connection.execute(
            """
            UPDATE state SET
                revision = MAX(revision, COALESCE((SELECT MAX(place) >> \(ChangePlace.ordinalBits) FROM log), 0)),
                log_bytes = (SELECT COALESCE(SUM(LENGTH(changes)), 0) FROM log);
            UPDATE state SET folded = revision;
            """
        )
    }

    private static func append(_ change: SQLiteRow, _ key: StoreKey, to row: inout LogRow) {
        let place = change.number(0)
        let isPut = !change.isNull(3)
        row.append(
            isPut ? .put : change.integer(5) == expired ? .expire : .delete,
            key,
            revision: ChangePlace.revision(place),
            ordinal: ChangePlace.ordinal(place),
            entry: isPut ? change.bytes(3) : nil,
            previous: change.isNull(4) ? nil : change.bytes(4)
        )
    }

    private static func finish(_ row: inout LogRow, _ log: borrowing LogStatements) throws(SQLiteError) {
        guard !row.isEmpty else { return }
        _ = try log.add(row)
        row.removeAll()
    }
}
