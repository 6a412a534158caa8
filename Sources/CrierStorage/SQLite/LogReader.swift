import CSQLite
import CrierCore

/// Reads the log of changes on one connection.
struct LogReader: ~Copyable {
    private let rowsAfter: SQLiteStatement
    private let rowsBackwards: SQLiteStatement
    private let coder = EntryCoder()

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        let rowsAfter = try connection.prepare("SELECT changes FROM log WHERE place >= ?1 ORDER BY place")
        // Without an index, which would cost every commit a page: the log is bounded, and all of it is looked through
        // in some ten milliseconds.
        let rowsBackwards = try connection.prepare("SELECT changes FROM log ORDER BY place DESC")
        self.rowsAfter = rowsAfter
        self.rowsBackwards = rowsBackwards
    }

    /// Calls `body` with the changes after a revision in order, until it returns false.
    func forEach(
        after revision: UInt64,
        _ body: (LogRecord) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        try rowsAfter.forEachRow([.number(ChangePlace.first(of: revision + 1))]) { row throws(SQLiteError) in
            var records = try LogRecords(row.bytes(0))
            while let record = try records.next() {
                // The row began before.
                guard record.revision > revision else { continue }
                guard try body(record) else { return false }
            }
            return true
        }
    }

    /// The log after a revision: about `KeyValueLimits.watchPageChanges` changes, whole revisions only.
    func changeSets(after revision: UInt64, epoch: UInt64) throws(SQLiteError) -> [StoreChangeSet] {
        var sets: [StoreChangeSet] = []
        var current: [StoreChange] = []
        var page = (changes: 0, bytes: 0)
        func finishRevision() {
            guard let revision = current.first?.revision else { return }
            sets.append(StoreChangeSet(position: StorePosition(epoch: epoch, revision: revision), changes: current))
            current = []
        }
        try forEach(after: revision) { record throws(SQLiteError) in
            if record.revision != current.first?.revision {
                finishRevision()
                if page.changes >= KeyValueLimits.watchPageChanges || page.bytes >= KeyValueLimits.pageBytes {
                    return false
                }
            }
            let change = try record.change(coder)
            current.append(change)
            page.changes += 1
            page.bytes += change.byteCount
            return true
        }
        finishRevision()
        return sets
    }

    /// The last changes of a key after a revision, newest first.
    func newest(of key: StoreKey, after revision: UInt64, limit: Int) throws(SQLiteError) -> [StoreChange] {
        let name = LogName(key)
        var changes: [StoreChange] = []
        var bytes = 0
        try rowsBackwards.forEachRow([]) { row throws(SQLiteError) in
            var found: [StoreChange] = []
            var records = try LogRecords(row.bytes(0))
            while let record = try records.next() {
                if record.revision > revision, record.isOf(name) { found.append(try record.change(coder)) }
            }
            for change in found.reversed() where changes.count < limit && bytes < KeyValueLimits.pageBytes {
                changes.append(change)
                bytes += change.byteCount
            }
            return changes.count < limit && bytes < KeyValueLimits.pageBytes
        }
        return changes
    }

    /// The first change of a key after a revision: what it was before is what it was at the revision.
    func first(of key: StoreKey, after revision: UInt64) throws(SQLiteError) -> StoreChange? {
        let name = LogName(key)
        var first: StoreChange?
        try forEach(after: revision) { record throws(SQLiteError) in
            guard record.isOf(name) else { return true }
            first = try record.change(coder)
            return false
        }
        return first
    }
}
