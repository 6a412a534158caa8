import CSQLite
import CrierCore

/// Reads entries on one connection. The writer has one for what its transactions read, and the reads have one.
struct StoreReader: ~Copyable {
    /// An entry, and where it is in its table.
    struct Row {
        let entry: StoreEntry
        let row: Int64
    }

    private let state: SQLiteStatement
    private let one: SQLiteStatement
    private let range: SQLiteStatement
    private let coder = EntryCoder()
    let opening: StoreOpening

    init(_ connection: borrowing SQLiteConnection, _ opening: StoreOpening) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        let state = try connection.prepare(
            "SELECT epoch, revision, compacted, (SELECT MAX(place) FROM log) FROM state"
        )
        let one = try connection.prepare("SELECT rowid, entry FROM entry WHERE namespace = ?1 AND key = ?2")
        let range = try connection.prepare(
            """
            SELECT namespace, key, entry FROM entry
            WHERE (namespace, key) >= (?1, ?2) AND namespace <= ?3
            ORDER BY namespace, key
            """
        )
        self.state = state
        self.one = one
        self.range = range
        self.opening = opening
    }

    func position() throws(SQLiteError) -> StorePosition { try logBounds().position }

    /// Where the store is, and the revision that its log begins after.
    func logBounds() throws(SQLiteError) -> (position: StorePosition, compacted: UInt64) {
        let found = try state.first { row in
            let revision = max(row.number(1), ChangePlace.revision(row.number(3)))
            return (position: StorePosition(epoch: row.number(0), revision: revision), compacted: row.number(2))
        }
        guard let found else { throw SQLiteError(code: SQLITE_CORRUPT, message: "the table state is empty") }
        return found
    }

    func row(_ key: StoreKey) throws(SQLiteError) -> Row? {
        try one.first(.text(key.namespace.name), .bytes(of: key.key)) { row throws(SQLiteError) in
            Row(entry: opening.current(try coder.decode(row.bytes(1), key)), row: row.integer(0))
        }
    }

    /// Calls `body` with the entries of the scope in order, from `start` on, until it returns false.
    ///
    /// - Parameter unfolded: what counts instead of the table: in the scope, in order, from `start` on.
    func forEach(
        in scope: StoreScope,
        from start: StoreKey?,
        over unfolded: [UnfoldedEntry],
        _ body: (StoreEntry) -> Bool
    ) throws(SQLiteError) {
        var rest = unfolded[...]
        /// False: `body` wants no more.
        func showUnfolded(before key: StoreKey?) -> Bool {
            while let next = rest.first, key.map({ next.key < $0 }) ?? true {
                rest.removeFirst()
                if let entry = next.entry, !body(entry) { return false }
            }
            return true
        }
        var goesOn = true
        try forEachRow(in: scope, from: start) { key, bytes throws(SQLiteError) in
            goesOn = showUnfolded(before: key)
            guard goesOn else { return false }
            if let next = rest.first, next.key == key {
                rest.removeFirst()
                goesOn = next.entry.map(body) ?? true
            } else {
                goesOn = body(opening.current(try coder.decode(bytes, key)))
            }
            return goesOn
        }
        if goesOn { _ = showUnfolded(before: nil) }
    }

    /// The rows of the table.
    private func forEachRow(
        in scope: StoreScope,
        from start: StoreKey?,
        _ body: (StoreKey, UnsafeRawBufferPointer) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        let namespace = scope.namespace?.name
        let bounds: [SQLiteValue] = [
            .text(start?.namespace.name ?? namespace ?? ""),
            .bytes(of: start?.key ?? scope.prefix),
            // Behind every name, whose characters are ASCII.
            .text(namespace ?? "\u{7f}"),
        ]
        try range.forEachRow(bounds) { row throws(SQLiteError) in
            let key = try StoreKey(row: row, 0, 1)
            // In order: behind the first key that does not match, none does.
            guard scope.contains(key) else { return false }
            return try body(key, row.bytes(2))
        }
    }

    func page(
        _ request: StoreListRequest,
        now: StorePosition,
        over unfolded: [UnfoldedEntry]
    ) throws(SQLiteError) -> StorePage {
        var page = StorePageBuilder(request, now: now)
        try forEach(in: request.scope, from: request.cursor?.after, over: unfolded) { entry in
            entry.key == request.cursor?.after || page.append(entry)
        }
        return page.finish()
    }
}

extension StoreKey {
    /// The key in two columns of a row. Throws SQLITE_CORRUPT when it is none.
    init(row: SQLiteRow, _ namespace: Int32, _ key: Int32) throws(SQLiteError) {
        do throws(KeyValueError) {
            try self.init(StoreNamespace(row.text(namespace)), row.text(key))
        } catch {
            throw SQLiteError(code: SQLITE_CORRUPT, message: "an entry has an impossible key: \(error.message)")
        }
    }
}
