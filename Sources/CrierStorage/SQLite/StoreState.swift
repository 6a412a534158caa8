import CSQLite
import CrierCore

/// Where a store stands and how far its log goes back, as the file says it.
struct StoreState {
    var position: StorePosition
    /// The log begins after this revision.
    var compacted: UInt64
    /// Bytes of the changes in the log.
    var logBytes: Int

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
        let row = try connection.prepare("SELECT epoch, revision, compacted, log_bytes FROM state")
            .first { ($0.number(0), $0.number(1), $0.number(2), Int($0.integer(3))) }
        guard let (epoch, saved, compacted, bytes) = row else {
            throw SQLiteError(code: SQLITE_CORRUPT, message: "the table state is empty")
        }
        let ahead =
            try connection.prepare(
                """
                SELECT MAX(place), SUM(COALESCE(LENGTH(entry), 0) + COALESCE(LENGTH(previous), 0))
                FROM change WHERE place >= ?1
                """
            )
            .first(.number(ChangePlace.first(of: saved + 1))) { ($0.number(0), Int($0.integer(1))) }
        let revision = max(saved, ChangePlace.revision(ahead?.0 ?? 0))
        return StoreState(
            position: StorePosition(epoch: epoch, revision: revision),
            compacted: compacted,
            logBytes: bytes + (ahead?.1 ?? 0)
        )
    }
}

/// The key of a change in the log: its revision and its ordinal in it.
enum ChangePlace {
    /// Bits that count the changes within a revision.
    private static let ordinalBits: UInt64 = 20

    static func first(of revision: UInt64) -> UInt64 { revision << ordinalBits }

    static func revision(_ place: UInt64) -> UInt64 { place >> ordinalBits }
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
