import CSQLite

/// Brings entries into their table, from which the log's changes keep away until they are folded.
struct EntryStatements: ~Copyable {
    private let updateRow: SQLiteStatement
    private let putEntry: SQLiteStatement
    private let removeEntry: SQLiteStatement

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        // The key too: if the row were another key's, nothing must change.
        let updateRow = try connection.prepare(
            "UPDATE entry SET entry = ?3 WHERE rowid = ?4 AND key = ?2 AND namespace = ?1")
        let putEntry = try connection.prepare(
            """
            INSERT INTO entry(namespace, key, entry) VALUES(?1, ?2, ?3)
            ON CONFLICT(namespace, key) DO UPDATE SET entry = excluded.entry RETURNING rowid
            """
        )
        let removeEntry = try connection.prepare("DELETE FROM entry WHERE namespace = ?1 AND key = ?2")
        self.updateRow = updateRow
        self.putEntry = putEntry
        self.removeEntry = removeEntry
    }

    /// - Parameter row: where the key's entry is, if that is known.
    /// - Returns: where it is now.
    func put(
        _ namespace: UnsafeRawBufferPointer,
        _ key: UnsafeRawBufferPointer,
        _ entry: UnsafeRawBufferPointer,
        row: Int64?
    ) throws(SQLiteError) -> Int64? {
        func bind(_ binder: SQLiteBinder) {
            binder.text(namespace, 1)
            binder.blob(key, 2)
            binder.blob(entry, 3)
        }
        if let row {
            try updateRow.run { binder in
                bind(binder)
                binder.integer(row, 4)
            }
            if updateRow.changedRows == 1 { return row }
        }
        return try putEntry.first(lending: bind) { $0.integer(0) }
    }

    func remove(_ namespace: UnsafeRawBufferPointer, _ key: UnsafeRawBufferPointer) throws(SQLiteError) {
        try removeEntry.run { binder in
            binder.text(namespace, 1)
            binder.blob(key, 2)
        }
    }
}
