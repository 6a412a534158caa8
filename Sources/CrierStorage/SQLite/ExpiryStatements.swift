import CSQLite
import CrierCore

/// Leases, what goes with them or by itself, and what namespaces hold.
struct ExpiryStatements: ~Copyable {
    /// A row of `timed`: where the next look begins.
    struct Cursor {
        fileprivate var lease: Int64 = -1
        fileprivate var namespace = ""
        fileprivate var key = ""
    }

    private let putTimed: SQLiteStatement
    private let removeTimed: SQLiteStatement
    private let timedAfter: SQLiteStatement
    private let timedCounts: SQLiteStatement
    private let putLease: SQLiteStatement
    private let removeLease: SQLiteStatement
    private let allLeases: SQLiteStatement
    private let putUsage: SQLiteStatement
    private let removeUsage: SQLiteStatement
    private let allUsage: SQLiteStatement

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        let putTimed = try connection.prepare("INSERT OR REPLACE INTO timed VALUES(?1, ?2, ?3, ?4)")
        let removeTimed = try connection.prepare("DELETE FROM timed WHERE lease = ?1 AND namespace = ?2 AND key = ?3")
        let timedAfter = try connection.prepare(
            """
            SELECT lease, namespace, key, milliseconds FROM timed
            WHERE (lease, namespace, key) > (?1, ?2, ?3) ORDER BY lease, namespace, key LIMIT ?4
            """
        )
        let timedCounts = try connection.prepare("SELECT lease, COUNT(*) FROM timed GROUP BY lease")
        let putLease = try connection.prepare("INSERT INTO lease VALUES(?1, ?2)")
        let removeLease = try connection.prepare("DELETE FROM lease WHERE id = ?1")
        let allLeases = try connection.prepare("SELECT id, milliseconds FROM lease")
        let putUsage = try connection.prepare("INSERT OR REPLACE INTO usage VALUES(?1, ?2, ?3)")
        let removeUsage = try connection.prepare("DELETE FROM usage WHERE namespace = ?1")
        let allUsage = try connection.prepare("SELECT namespace, keys, bytes FROM usage")
        self.putTimed = putTimed
        self.removeTimed = removeTimed
        self.timedAfter = timedAfter
        self.timedCounts = timedCounts
        self.putLease = putLease
        self.removeLease = removeLease
        self.allLeases = allLeases
        self.putUsage = putUsage
        self.removeUsage = removeUsage
        self.allUsage = allUsage
    }

    /// Keeps the table of what goes by itself true to a change.
    func apply(_ change: StoreChange) throws(SQLiteError) {
        let old = change.previous?.expiry ?? .never
        let new = change.entry?.expiry ?? .never
        guard old != new else { return }
        let namespace = SQLiteValue.text(change.key.namespace.name)
        let key = SQLiteValue.bytes(of: change.key.key)
        if let lease = old.leaseNumber { try removeTimed.run(.integer(lease), namespace, key) }
        if let lease = new.leaseNumber { try putTimed.run(.integer(lease), namespace, key, .integer(new.milliseconds)) }
    }

    /// Calls `body` with the next rows in order: a key, and how it goes. Returns where to go on; nil: that was all.
    func forEachTimed(
        after cursor: Cursor,
        limit: Int,
        _ body: (StoreKey, StoreExpiry) -> Void
    ) throws(SQLiteError) -> Cursor? {
        var next = cursor
        var count = 0
        let values: [SQLiteValue] = [
            .integer(cursor.lease), .text(cursor.namespace), .bytes(of: cursor.key), .integer(Int64(limit)),
        ]
        try timedAfter.forEachRow(values) { row throws(SQLiteError) in
            let key = try StoreKey(row: row, 1, 2)
            let lease = row.integer(0)
            body(key, lease == 0 ? .after(milliseconds: row.integer(3)) : .lease(StoreLease.ID(UInt64(lease))))
            next = Cursor(lease: lease, namespace: key.namespace.name, key: key.key)
            count += 1
            return true
        }
        return count < limit ? nil : next
    }

    /// How many entries each lease has, and how many have an expiry of their own.
    func timedEntries() throws(SQLiteError) -> (leases: [StoreLease.ID: Int], own: Int) {
        var leases: [StoreLease.ID: Int] = [:]
        var own = 0
        try timedCounts.forEachRow([]) { row in
            let count = Int(row.integer(1))
            if row.integer(0) == 0 { own = count } else { leases[StoreLease.ID(row.number(0))] = count }
            return true
        }
        return (leases, own)
    }

    func add(_ lease: StoreLease) throws(SQLiteError) {
        try putLease.run(.number(lease.id.rawValue), .integer(lease.milliseconds))
    }

    func remove(_ lease: StoreLease.ID) throws(SQLiteError) {
        try removeLease.run(.number(lease.rawValue))
    }

    func leases() throws(SQLiteError) -> [StoreLease] {
        var leases: [StoreLease] = []
        try allLeases.forEachRow([]) { row in
            leases.append(StoreLease(id: StoreLease.ID(row.number(0)), milliseconds: row.integer(1)))
            return true
        }
        return leases
    }

    /// nil: the namespace holds nothing any more.
    func save(_ usage: StoreUsage?, of namespace: StoreNamespace) throws(SQLiteError) {
        if let usage {
            try putUsage.run(.text(namespace.name), .integer(Int64(usage.keys)), .integer(Int64(usage.bytes)))
        } else {
            try removeUsage.run(.text(namespace.name))
        }
    }

    func usage() throws(SQLiteError) -> [StoreNamespace: StoreUsage] {
        var usage: [StoreNamespace: StoreUsage] = [:]
        try allUsage.forEachRow([]) { row throws(SQLiteError) in
            guard let namespace = try? StoreNamespace(row.text(0)) else {
                throw SQLiteError(code: SQLITE_CORRUPT, message: "the table usage has an impossible namespace")
            }
            usage[namespace] = StoreUsage(keys: Int(row.integer(1)), bytes: Int(row.integer(2)))
            return true
        }
        return usage
    }
}

extension StoreExpiry {
    /// `timed.lease`; nil: it has no row there.
    fileprivate var leaseNumber: Int64? {
        switch self {
        case .never: nil
        case .after: 0
        case .lease(let id): Int64(bitPattern: id.rawValue)
        }
    }

    fileprivate var milliseconds: Int64 {
        if case .after(let milliseconds) = self { milliseconds } else { 0 }
    }
}
