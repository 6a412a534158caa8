import CSQLite
import CrierCore

/// What SQLite said, with its extended result code (sqlite.org/rescode.html).
struct SQLiteError: Error, Sendable, Equatable {
    let code: Int32
    let message: String

    /// The code without its extension.
    var primaryCode: Int32 { code & 0xff }

    /// The disk, or a quota on it, is full: nothing was done, and it works again when there is room.
    var isFull: Bool { primaryCode == SQLITE_FULL || code == Self.shmSize }

    /// What is on the disk can no longer be known. After a failed fsync the kernel may have dropped the pages and
    /// marked them clean: trying again would "succeed" (the lesson of PostgreSQL's "fsyncgate").
    var endsTheProcess: Bool {
        if isFull { return false }
        switch primaryCode {
        case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_MISUSE: return true
        default: return false
        }
    }

    /// SQLITE_IOERR_SHMSIZE, a macro that Swift does not import: the index of the log could not grow.
    private static let shmSize = SQLITE_IOERR | (19 << 8)
}

extension KeyValueError {
    /// For work that was rolled back, or only read.
    init(_ error: SQLiteError) {
        if error.isFull {
            self.init(.quota, "no room on the disk of the key-value store; nothing was done (\(error.message))")
        } else {
            self.init(.unavailable, "the key-value store failed: \(error.message)")
        }
    }
}
