import CSQLite

/// A copy of the database while it is made, some pages at a time, between the commits of the one connection that
/// writes.
///
/// A copy through another connection would hold a read transaction for as long as it takes, and with it the write-ahead
/// log, which could not be reset. SQLite brings pages that this connection changes behind the copy's back into the copy
/// (sqlite.org/c3ref/backup_finish.html), so it need not begin again: at its last step it is the database as it is
/// then.
struct BackupCopy: ~Copyable {
    private let target: SQLiteConnection
    private let handle: OpaquePointer

    /// - Parameter path: made or overwritten.
    init(of source: borrowing SQLiteConnection, to path: String) throws(SQLiteError) {
        let target = try SQLiteConnection(path, .readWrite)
        // A copy that is not finished is thrown away: it needs no journal; what is finished is synchronized once.
        try target.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        handle = try source.backup(to: target)
        self.target = target
    }

    deinit { sqlite3_backup_finish(handle) }

    /// True: the copy is complete.
    func step(pages: Int32) throws(SQLiteError) -> Bool {
        switch sqlite3_backup_step(handle, pages) {
        case SQLITE_DONE: return true
        case SQLITE_OK, SQLITE_BUSY, SQLITE_LOCKED: return false
        case let code:
            throw SQLiteError(code: code, message: "the copy failed: \(String(cString: sqlite3_errstr(code)))")
        }
    }
}
