import CSQLite
import Glibc

/// The tables, and what a file must be before it is used.
enum StoreSchema {
    /// `PRAGMA application_id`: "Crie", by which file(1) and this program know the file.
    static let applicationID: Int64 = 0x4372_6965
    /// `PRAGMA user_version`: the layout of the tables.
    static let version: Int64 = 1

    /// `state` has one row. A change's `place` is its revision, 20 bits to the left, and its ordinal in the revision.
    private static let tables = """
        CREATE TABLE state(
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            compacted INTEGER NOT NULL,
            log_bytes INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE entry(
            namespace TEXT NOT NULL,
            key BLOB NOT NULL,
            entry BLOB NOT NULL,
            PRIMARY KEY (namespace, key)
        ) STRICT;
        CREATE TABLE change(
            place INTEGER PRIMARY KEY,
            namespace TEXT NOT NULL,
            key BLOB NOT NULL,
            entry BLOB,
            previous BLOB
        ) STRICT;
        """

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
            let application = try connection.pragma("application_id")
            let version = try connection.pragma("user_version")
            let isNew = try connection.pragma("schema_version") == 0
            if !isNew { try refuseOthers(path, application: application, version: version) }
            try settle(connection, durability)
            if isNew { try make(connection, epoch: epoch) } else { try check(path, connection) }
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

    /// A log without its database is what is left when somebody removed or emptied the file: SQLite would begin anew and
    /// throw the log away. It never leaves this by itself, since it writes the database's first page before a log.
    private static func refuseOrphanedLog(_ path: String) throws(StorageError) {
        var status = stat()
        let databaseBytes = stat(path, &status) == 0 ? status.st_size : 0
        let logBytes = stat("\(path)-wal", &status) == 0 ? status.st_size : 0
        guard databaseBytes > 0 || logBytes == 0 else {
            throw StorageError(
                .damaged,
                "\(path) is missing or empty, but its log \(path)-wal is there: put the file back, or move the log away "
                    + "to begin anew"
            )
        }
    }

    /// FULL: a commit is on the disk before it is answered. NORMAL would lose the last ones in a power cut.
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
            """
        )
    }

    private static func make(_ connection: borrowing SQLiteConnection, epoch: UInt64) throws(SQLiteError) {
        try connection.execute(
            """
            BEGIN IMMEDIATE;
            PRAGMA application_id=\(applicationID);
            PRAGMA user_version=\(version);
            \(tables)
            INSERT INTO state VALUES(1, \(Int64(bitPattern: epoch)), 0, 0, 0);
            COMMIT;
            """
        )
    }

    private static func refuseOthers(_ path: String, application: Int64, version: Int64) throws(SQLiteError) {
        guard application == applicationID else { throw SQLiteError(code: foreignCode, message: "") }
        guard version <= Self.version else { throw SQLiteError(code: newerCode, message: "\(version)") }
    }

    private static func check(_ path: String, _ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        let verdict = try connection.prepare("PRAGMA quick_check(1)").first { $0.text(0) }
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
                "\(path) has layout \(error.message); this version knows \(version): use the version that wrote it"
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
