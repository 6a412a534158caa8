import CSQLite
import CrierCore

/// Where a store stands and how far its log goes back, as the file says it.
struct StoreState {
    var position: StorePosition
    /// The log begins after this revision.
    var compacted: UInt64
    /// Bytes of the changes in the log.
    var logBytes: Int
    /// The table of entries has every change up to this revision; what came later is in the log alone, or in both.
    var folded: UInt64

    /// Throws `damaged`, naming the path.
    static func read(_ connection: borrowing SQLiteConnection, _ path: String) throws(StorageError) -> StoreState {
        do throws(SQLiteError) {
            return try read(connection)
        } catch {
            throw StorageError(.damaged, "\(path) cannot be read: \(error.message)")
        }
    }

    /// The row of `state` is written with every slice of compaction and from time to time; the log is ahead of it.
    private static func read(_ connection: borrowing SQLiteConnection) throws(SQLiteError) -> StoreState {
        let row = try connection.prepare("SELECT epoch, revision, compacted, log_bytes, folded FROM state")
            .first { row in
                StoreState(
                    position: StorePosition(epoch: row.number(0), revision: row.number(1)),
                    compacted: row.number(2),
                    logBytes: Int(row.integer(3)),
                    folded: row.number(4)
                )
            }
        guard var state = row else { throw SQLiteError(code: SQLITE_CORRUPT, message: "the table state is empty") }
        let saved = state.position
        let ahead =
            try connection.prepare("SELECT MAX(place), SUM(LENGTH(changes)) FROM log WHERE place >= ?1")
            .first(.number(ChangePlace.first(of: saved.revision + 1))) { ($0.number(0), Int($0.integer(1))) }
        if let (place, bytes) = ahead {
            let revision = max(saved.revision, ChangePlace.revision(place))
            state.position = StorePosition(epoch: saved.epoch, revision: revision)
            state.logBytes += bytes
        }
        return state
    }
}

/// When this process opened the store: what was written before has its whole time to live again from then.
struct StoreOpening: Sendable {
    let revision: UInt64
    /// Milliseconds since 1970.
    let at: Int64

    /// The entry as it is now: an own expiry that an earlier process timed begins anew.
    func current(_ entry: StoreEntry) -> StoreEntry {
        guard entry.revision <= revision, case .after(let milliseconds) = entry.expiry else { return entry }
        return StoreEntry(
            key: entry.key,
            value: entry.value,
            createRevision: entry.createRevision,
            revision: entry.revision,
            version: entry.version,
            updatedAt: entry.updatedAt,
            expiry: entry.expiry,
            expiresAt: at + milliseconds
        )
    }
}
