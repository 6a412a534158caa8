import CSQLite
import CrierCore

/// What SQLite said, with its extended result code (sqlite.org/rescode.html).
struct SQLiteError: Error, Sendable, Equatable {
    let code: Int32
    let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// What the connection says of a call that returned `code`. `doing`: the statement.
    init(_ code: Int32, _ connection: OpaquePointer?, doing: String) {
        let reason = String(cString: sqlite3_errmsg(connection))
        let number = sqlite3_system_errno(connection)
        let system = code & 0xff == SQLITE_IOERR && number != 0 ? ", \(systemMessage(number))" : ""
        self.init(code: code, message: "\(reason)\(system) (SQLite \(code)) in: \(doing.prefix(60))")
    }

    /// The code without its extension.
    var primaryCode: Int32 { code & 0xff }

    /// The disk, or a quota on it, is full: nothing was done, and it works again when there is room.
    var isFull: Bool { primaryCode == SQLITE_FULL || code == Self.shmSize }

    /// A code of our own, outside of SQLite's: what cannot happen did.
    static let internalCode: Int32 = -3

    /// What is on the disk can no longer be known. After a failed fsync the kernel may have dropped the pages and
    /// marked them clean: trying again would "succeed" (the lesson of PostgreSQL's "fsyncgate").
    var endsTheProcess: Bool {
        if isFull { return false }
        if code == Self.internalCode { return true }
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
