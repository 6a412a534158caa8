import CSQLite

/// A value on its way into a statement.
enum SQLiteValue {
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case null

    static func number(_ value: UInt64) -> SQLiteValue { .integer(Int64(bitPattern: value)) }
    static func bytes(of text: String) -> SQLiteValue { .blob(Array(text.utf8)) }
}

/// A prepared statement: owns the handle, finalizes it at the end of its life. Reading it through is one call, after
/// which it is reset and holds no lock and no value.
struct SQLiteStatement: ~Copyable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { sqlite3_finalize(handle) }

    /// Runs it for what it does.
    func run(_ values: SQLiteValue...) throws(SQLiteError) {
        try forEachRow(values) { _ in true }
    }

    /// The first row as `read` makes it of it, nil when there is none.
    func first<R>(
        _ values: SQLiteValue...,
        read: (SQLiteRow) throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R? {
        var found: R?
        try forEachRow(values) { row throws(SQLiteError) in
            found = try read(row)
            return false
        }
        return found
    }

    /// Calls `body` with each row, until it returns false.
    func forEachRow(
        _ values: [SQLiteValue],
        _ body: (SQLiteRow) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: if try !body(SQLiteRow(statement: handle)) { return }
            case SQLITE_DONE: return
            case let code: throw error(code)
            }
        }
    }

    /// Runs it for what it does with values that `bind` lends for the time of the call. What it does not bind keeps the
    /// value of the call before, so it binds all.
    func run(lending bind: (SQLiteBinder) -> Void) throws(SQLiteError) {
        bind(SQLiteBinder(statement: handle))
        let code = sqlite3_step(handle)
        sqlite3_reset(handle)
        guard code == SQLITE_DONE else { throw error(code) }
    }

    /// The first row as `read` makes of it, with values that `bind` lends; the statement has run to its end then.
    func first<R>(lending bind: (SQLiteBinder) -> Void, read: (SQLiteRow) -> R) throws(SQLiteError) -> R? {
        bind(SQLiteBinder(statement: handle))
        defer { sqlite3_reset(handle) }
        var found: R?
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: if found == nil { found = read(SQLiteRow(statement: handle)) }
            case SQLITE_DONE: return found
            case let code: throw error(code)
            }
        }
    }

    /// Rows that the last `run` of the connection changed.
    var changedRows: Int { Int(sqlite3_changes(sqlite3_db_handle(handle))) }

    private func bind(_ value: SQLiteValue, at index: Int32) throws(SQLiteError) {
        // Copied by SQLite: what Swift lends is valid only during the call.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code =
            switch value {
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .text(let text): sqlite3_bind_text(handle, index, text, -1, transient)
            case .blob(let bytes):
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(handle, index, 0)
                    : sqlite3_bind_blob64(handle, index, bytes, UInt64(bytes.count), transient)
            case .null: sqlite3_bind_null(handle, index)
            }
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: Int32) -> SQLiteError {
        let sql = sqlite3_sql(handle).map { String(cString: $0) } ?? ""
        return SQLiteError(code, sqlite3_db_handle(handle), doing: sql)
    }
}

/// Binds values without copying them: they must stay where they are until the statement has run. A value that does not
/// fit (SQLITE_TOOBIG) leaves NULL behind, which the tables refuse.
struct SQLiteBinder {
    fileprivate let statement: OpaquePointer

    func integer(_ value: Int64, _ index: Int32) { sqlite3_bind_int64(statement, index, value) }

    func number(_ value: UInt64, _ index: Int32) { integer(Int64(bitPattern: value), index) }

    func text(_ bytes: UnsafeRawBufferPointer, _ index: Int32) {
        sqlite3_bind_text(
            statement, index, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil)
    }

    func blob(_ bytes: UnsafeRawBufferPointer, _ index: Int32) {
        sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), nil)
    }

    func null(_ index: Int32) { sqlite3_bind_null(statement, index) }
}

/// The row that a statement stands at; valid inside the closure that it is handed to.
struct SQLiteRow {
    fileprivate let statement: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func number(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    /// The column's bytes, lent until the next row.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        guard let start = sqlite3_column_blob(statement, column) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }
}
