import CSQLite
import Glibc

/// What a file must be before it is used as the store, and how connections to it are opened.
enum DatabaseFile {
    static let name = "kv.sqlite"

    /// Opens the writer's connection to a file that is made when it is missing. Throws `newer`, `damaged`, `foreign`
    /// or `unavailable`, naming the path.
    static func openWriter(
        _ path: String,
        epoch: UInt64,
        _ durability: SQLiteStoreSettings.Durability
    ) throws(StorageError) -> SQLiteConnection {
        try refuseOrphanedLog(path)
        do throws(SQLiteError) {
            let connection = try SQLiteConnection(path, .readWrite)
            let isNew = try connection.pragma("schema_version") == 0
            if !isNew { try refuseOthers(connection) }
            try settle(connection, durability)
            if isNew {
                try StoreSchema.make(connection, epoch: epoch)
            } else {
                try check(connection, "quick_check")
                try StoreSchema.migrate(connection, from: connection.pragma("user_version"))
            }
            connection.checkpointsByHand()
            return connection
        } catch {
            throw refusal(path, error)
        }
    }

    static func openReader(_ path: String) throws(StorageError) -> SQLiteConnection {
        do throws(SQLiteError) {
            let connection = try SQLiteConnection(path, .readOnly)
            try connection.execute("PRAGMA cache_size=-\(SQLiteLimits.cacheKiB)")
            return connection
        } catch {
            throw refusal(path, error)
        }
    }

    /// Checks a file that is not in use, every row and every index. Throws as `openWriter` does.
    static func verify(_ path: String) throws(StorageError) {
        do throws(SQLiteError) {
            let connection = try SQLiteConnection(path, .existing)
            try refuseOthers(connection)
            try check(connection, "integrity_check")
        } catch {
            throw refusal(path, error)
        }
    }

    /// Checks a file that is not in use, every row and every index, and brings it to the current layout with a new
    /// epoch and without a log beside it. Throws as `openWriter` does.
    static func prepareRestored(_ path: String, epoch: UInt64, shownAs name: String) throws(StorageError) {
        do throws(SQLiteError) {
            let connection = try SQLiteConnection(path, .existing)
            try refuseOthers(connection)
            try check(connection, "integrity_check")
            try StoreSchema.migrate(connection, from: connection.pragma("user_version"))
            try connection.execute("UPDATE state SET epoch = \(Int64(bitPattern: epoch)); PRAGMA journal_mode=DELETE;")
        } catch {
            throw refusal(name, error)
        }
    }

    /// Brings what stands in the log alone into the database, as far as that can be read.
    static func writeBackLog(_ path: String) {
        guard bytes(path) > 0, bytes("\(path)-wal") > 0 else { return }
        do throws(SQLiteError) {
            try SQLiteConnection(path, .existing).checkpoint(whole: true)
        } catch {
            // What is about to be replaced may well be damaged.
            return
        }
    }

    /// A log without its database is what is left when somebody removed or emptied the file: SQLite would begin anew
    /// and throw the log away. It never leaves this by itself, since it writes the database's first page before a log.
    private static func refuseOrphanedLog(_ path: String) throws(StorageError) {
        guard bytes(path) == 0, bytes("\(path)-wal") > 0 else { return }
        throw StorageError(
            .damaged,
            "\(path) is missing or empty, but its log \(path)-wal is there: put the file back, or move the log away "
                + "to begin anew"
        )
    }

    /// 0: there is nothing, or nothing in it.
    static func bytes(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size : 0
    }

    /// FULL: a commit is on the disk before it is answered. NORMAL would lose the last ones in a power cut. Debian's
    /// build overwrites what is deleted (`secure_delete`), which writes every page of the log once more when it goes.
    private static func settle(
        _ connection: borrowing SQLiteConnection,
        _ durability: SQLiteStoreSettings.Durability
    ) throws(SQLiteError) {
        try connection.execute(
            """
            PRAGMA journal_mode=WAL;
            PRAGMA synchronous=\(durability.rawValue);
            PRAGMA cache_size=-\(SQLiteLimits.cacheKiB);
            PRAGMA temp_store=MEMORY;
            PRAGMA trusted_schema=OFF;
            PRAGMA cell_size_check=ON;
            PRAGMA secure_delete=OFF;
            """
        )
    }

    private static func refuseOthers(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        let application = try connection.pragma("application_id")
        let version = try connection.pragma("user_version")
        guard application == StoreSchema.applicationID else { throw SQLiteError(code: foreignCode, message: "") }
        guard version <= StoreSchema.version else { throw SQLiteError(code: newerCode, message: "\(version)") }
    }

    private static func check(_ connection: borrowing SQLiteConnection, _ pragma: String) throws(SQLiteError) {
        let verdict = try connection.prepare("PRAGMA \(pragma)(1)").first { $0.text(0) }
        guard verdict == "ok" else {
            throw SQLiteError(code: SQLITE_CORRUPT, message: verdict ?? "no answer from the check")
        }
    }

    /// Codes of our own, outside of SQLite's: they never leave this file.
    private static let foreignCode: Int32 = -1
    private static let newerCode: Int32 = -2

    private static func refusal(_ path: String, _ error: SQLiteError) -> StorageError {
        switch error.primaryCode {
        case _ where error.code == foreignCode:
            StorageError(.foreign, "\(path) is a database, but not a gateway's key-value store")
        case _ where error.code == newerCode:
            StorageError(
                .newer,
                "\(path) has layout \(error.message); this version knows \(StoreSchema.version): "
                    + "use the version that wrote it"
            )
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            StorageError(
                .damaged, "\(path) is damaged: \(error.message). Restore a backup, or move it away to begin anew")
        case SQLITE_BUSY, SQLITE_LOCKED:
            StorageError(.inUse, "\(path) is locked by another process: \(error.message)")
        default:
            StorageError(.unavailable, "\(path) cannot be opened: \(error.message)")
        }
    }
}

extension SQLiteConnection {
    fileprivate func pragma(_ name: String) throws(SQLiteError) -> Int64 {
        try prepare("PRAGMA \(name)").first { $0.integer(0) } ?? 0
    }
}
