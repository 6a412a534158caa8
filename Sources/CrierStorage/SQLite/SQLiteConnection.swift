import CSQLite

/// One connection: owns the handle, closes it at the end of its life. Used by one thread at a time.
struct SQLiteConnection: ~Copyable {
    enum Mode {
        case readOnly
        case readWrite
        /// As readWrite, but the file must be there.
        case existing
    }

    private let handle: OpaquePointer
    /// Pages in the write-ahead log after the last commit of this connection. On the heap: SQLite writes there.
    private let logPages: UnsafeMutablePointer<Int32>

    init(_ path: String, _ mode: Mode) throws(SQLiteError) {
        // NOMUTEX: the owner takes care that one thread at a time uses the connection.
        let flags =
            SQLITE_OPEN_NOMUTEX
            | (mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE)
            | (mode == .readWrite ? SQLITE_OPEN_CREATE : 0)
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: "\(path): \(message)")
        }
        handle = opened
        logPages = .allocate(capacity: 1)
        logPages.initialize(to: 0)
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, SQLiteLimits.busyMilliseconds)
    }

    deinit {
        sqlite3_close_v2(handle)
        logPages.deallocate()
    }

    /// Runs statements that give no rows.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql) }
    }

    func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw error(code, sql) }
        return SQLiteStatement(prepared)
    }

    /// Whether no transaction is open.
    var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Leaves the transaction. SQLite has already done so after some errors, which makes ROLLBACK an error of its own.
    func rollback() throws(SQLiteError) {
        if !isAutocommit { try execute("ROLLBACK") }
    }

    /// Pages in the write-ahead log, once `checkpointsByHand` was called.
    var pagesInLog: Int32 { logPages.pointee }

    /// From here on the write-ahead log is written back only when `checkpoint` is called.
    func checkpointsByHand() {
        // Also turns automatic checkpoints off, which are themselves such a hook (sqlite.org/c3ref/wal_hook.html).
        sqlite3_wal_hook(
            handle,
            { pages, _, _, count in
                pages?.assumingMemoryBound(to: Int32.self).pointee = count
                return SQLITE_OK
            },
            logPages
        )
    }

    /// Writes the log back into the database. `whole`: waits for readers and empties the log's file.
    func checkpoint(whole: Bool) throws(SQLiteError) {
        let mode = whole ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        var inLog: Int32 = 0
        var written: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, &inLog, &written)
        guard code == SQLITE_OK || code == SQLITE_BUSY else { throw error(code, "checkpoint") }
        logPages.pointee = inLog - written
    }

    /// Begins to copy the database into another, of which nothing stays.
    func backup(to other: borrowing SQLiteConnection) throws(SQLiteError) -> OpaquePointer {
        guard let backup = sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw SQLiteError(sqlite3_errcode(other.handle), other.handle, doing: "backup")
        }
        return backup
    }

    private func error(_ code: Int32, _ doing: String) -> SQLiteError {
        SQLiteError(code, handle, doing: doing)
    }
}
