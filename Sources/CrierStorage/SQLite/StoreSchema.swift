/// The tables of the current layout, and how a file of an older one becomes one of it.
enum StoreSchema {
    /// `PRAGMA application_id`: "Crie", by which file(1) and this program know the file.
    static let applicationID: Int64 = 0x4372_6965
    /// `PRAGMA user_version`: the layout of the tables.
    static let version: Int64 = 3

    /// `state` has one row; its revision may be behind the log, whose last change then says where the store is. A
    /// change's `place` is its revision, 20 bits to the left, and its ordinal in the revision.
    private static let layoutOne = """
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

    /// What layout 2 adds: `change.kind` is 1 for an entry that expired; `timed` has every entry that goes by itself,
    /// under its lease or, with an expiry of its own, under 0; `usage` is what the quotas count; `moment` says when
    /// revisions were made, about one a minute.
    private static let layoutTwo = """
        ALTER TABLE change ADD COLUMN kind INTEGER;
        CREATE TABLE lease(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            milliseconds INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE timed(
            lease INTEGER NOT NULL,
            namespace TEXT NOT NULL,
            key BLOB NOT NULL,
            milliseconds INTEGER NOT NULL,
            PRIMARY KEY (lease, namespace, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE usage(
            namespace TEXT PRIMARY KEY,
            keys INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE moment(
            revision INTEGER PRIMARY KEY,
            at INTEGER NOT NULL
        ) STRICT;
        """

    /// What layout 3 has instead: a row of `log` has the changes of a commit (`LogRow`), at the place of the last one;
    /// `entry` has every change up to `state.folded`, and may have later ones.
    private static let layoutThree = """
        CREATE TABLE log(
            place INTEGER PRIMARY KEY,
            changes BLOB NOT NULL
        ) STRICT;
        ALTER TABLE state ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
        """

    /// The entries of layout 1 have a head of 34 bytes before their value.
    private static let countUsage = """
        INSERT INTO usage
            SELECT namespace, COUNT(*), SUM(LENGTH(namespace) + LENGTH(key) + LENGTH(entry) - 34)
            FROM entry GROUP BY namespace;
        """

    static func make(_ connection: borrowing SQLiteConnection, epoch: UInt64) throws(SQLiteError) {
        try connection.execute(
            """
            BEGIN IMMEDIATE;
            PRAGMA application_id=\(applicationID);
            PRAGMA user_version=\(version);
            \(layoutOne)
            \(layoutTwo)
            \(layoutThree)
            DROP TABLE change;
            INSERT INTO state VALUES(1, \(Int64(bitPattern: epoch)), 0, 0, 0, 0);
            COMMIT;
            """
        )
    }

    /// Brings a file of an older layout to the current one, in one transaction.
    static func migrate(_ connection: borrowing SQLiteConnection, from version: Int64) throws(SQLiteError) {
        guard version < Self.version else { return }
        try connection.execute("BEGIN IMMEDIATE")
        if version < 2 { try connection.execute("\(layoutTwo) \(countUsage)") }
        try connection.execute(layoutThree)
        try LayoutTwoLog.convert(connection)
        try connection.execute("DROP TABLE change; PRAGMA user_version=\(Self.version); COMMIT;")
    }
}
