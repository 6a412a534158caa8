import CSQLite
import CrierCore

/// Reads entries on one connection. The writer has one for what its transactions read, and the reads have one.
struct StoreReader: ~Copyable {
    private let state: SQLiteStatement
    private let one: SQLiteStatement
    private let range: SQLiteStatement
    private let memo = Memo()

    /// What went wrong below a `KeyValueError` that this reader threw last.
    private final class Memo {
        var error: SQLiteError?
    }

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        let state = try connection.prepare("SELECT epoch, revision FROM state")
        let one = try connection.prepare("SELECT entry FROM entry WHERE namespace = ?1 AND key = ?2")
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
    }

    func position() throws(SQLiteError) -> StorePosition {
        let found = try state.first { StorePosition(epoch: $0.number(0), revision: $0.number(1)) }
        guard let found else { throw SQLiteError(code: SQLITE_CORRUPT, message: "the table state is empty") }
        return found
    }

    func entry(_ key: StoreKey) throws(SQLiteError) -> StoreEntry? {
        try one.first(.text(key.namespace.name), .bytes(of: key.key)) { row throws(SQLiteError) in
            try EntryCoding.decode(row.blob(0), key)
        }
    }

    /// Calls `body` with the entries of the scope in order, from `start` on, until it returns false.
    func forEach(
        in scope: StoreScope,
        from start: StoreKey?,
        _ body: (StoreEntry) -> Bool
    ) throws(SQLiteError) {
        let namespace = scope.namespace?.name
        let bounds: [SQLiteValue] = [
            .text(start?.namespace.name ?? namespace ?? ""),
            .bytes(of: start?.key ?? scope.prefix),
            // Behind every name, whose characters are ASCII.
            .text(namespace ?? "\u{7f}"),
        ]
        try range.forEachRow(bounds) { row throws(SQLiteError) in
            let key = try Self.key(row.text(0), row.text(1))
            // In order: behind the first key that does not match, none does.
            guard scope.contains(key) else { return false }
            return body(try EntryCoding.decode(row.blob(2), key))
        }
    }

    static func key(_ namespace: String, _ key: String) throws(SQLiteError) -> StoreKey {
        do throws(KeyValueError) {
            return try StoreKey(StoreNamespace(namespace), key)
        } catch {
            throw SQLiteError(code: SQLITE_CORRUPT, message: "an entry has an impossible key: \(error.message)")
        }
    }
}

extension StoreReader: EntryReader {
    func entry(for key: StoreKey) throws(KeyValueError) -> StoreEntry? {
        do throws(SQLiteError) { return try entry(key) } catch { throw remembered(error) }
    }

    func entries(in scope: StoreScope, limit: Int) throws(KeyValueError) -> [StoreEntry] {
        var found: [StoreEntry] = []
        do throws(SQLiteError) {
            try forEach(in: scope, from: nil) { entry in
                found.append(entry)
                return found.count < limit
            }
        } catch {
            throw remembered(error)
        }
        return found
    }

    /// A plan that fails because of the database, and not because of what it was asked: the whole batch fails then.
    func takeError() -> SQLiteError? { memo.error.take() }

    private func remembered(_ error: SQLiteError) -> KeyValueError {
        memo.error = error
        return KeyValueError(error)
    }
}
