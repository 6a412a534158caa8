import CSQLite
import CrierCore
import Glibc

/// One change in a row of the log; what it points to is lent.
struct LogRecord {
    enum Kind: UInt8 {
        case put, delete, expire

        init(_ kind: StoreChange.Kind) {
            self =
                switch kind {
                case .put: .put
                case .delete: .delete
                case .expire: .expire
                }
        }
    }

    /// Beside the kind: there was an entry before.
    static let previousFlag: UInt8 = 0x10
    /// Of an entry's length.
    static let lengthBytes = 4

    let revision: UInt64
    let kind: Kind
    let namespace: UnsafeRawBufferPointer
    let key: UnsafeRawBufferPointer
    /// With `put` alone.
    let entry: UnsafeRawBufferPointer?
    let previous: UnsafeRawBufferPointer?

    func isOf(_ name: LogName) -> Bool {
        Self.areEqual(key, name.key) && Self.areEqual(namespace, name.namespace)
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Bool {
        guard left.count == right.count, let start = left.baseAddress else { return left.count == right.count }
        return memcmp(start, right, right.count) == 0
    }

    /// Throws SQLITE_CORRUPT.
    func change(_ coder: EntryCoder) throws(SQLiteError) -> StoreChange {
        let key = try storeKey()
        let before: StoreEntry? = if let previous { try coder.decode(previous, key) } else { nil }
        switch (kind, entry, before) {
        case (.put, let entry?, _): return .put(try coder.decode(entry, key), previous: before)
        case (.delete, nil, let before?): return .delete(before, revision: revision)
        case (.expire, nil, let before?): return .expire(before, revision: revision)
        default: throw .damagedLog("the change at revision \(revision) is incomplete")
        }
    }

    private func storeKey() throws(SQLiteError) -> StoreKey {
        do throws(KeyValueError) {
            return try StoreKey(
                StoreNamespace(String(decoding: namespace, as: UTF8.self)), String(decoding: key, as: UTF8.self))
        } catch {
            throw .damagedLog("an impossible key: \(error.message)")
        }
    }
}

/// A key as the log's rows have it.
struct LogName {
    let namespace: [UInt8]
    let key: [UInt8]

    init(_ key: StoreKey) {
        namespace = Array(key.namespace.name.utf8)
        self.key = Array(key.key.utf8)
    }
}

/// The changes of a row, from the first to the last. The row's bytes must stay where they are meanwhile.
struct LogRecords {
    private var rest: VarintReader
    private var firstRevision: UInt64 = 0

    /// Throws SQLITE_CORRUPT.
    init(_ row: UnsafeRawBufferPointer) throws(SQLiteError) {
        rest = VarintReader(row)
        firstRevision = try number()
    }

    /// nil: that was all. Throws SQLITE_CORRUPT.
    mutating func next() throws(SQLiteError) -> LogRecord? {
        guard !rest.rest.isEmpty else { return nil }
        let revision = firstRevision &+ (try number())
        let head = try take(1)[0]
        guard let kind = LogRecord.Kind(rawValue: head & ~LogRecord.previousFlag) else {
            throw .damagedLog("kind \(head)")
        }
        let namespace = try take(Int(take(1)[0]))
        let key = try take(length(number()))
        let entry: UnsafeRawBufferPointer? = if kind == .put { try part() } else { nil }
        let previous: UnsafeRawBufferPointer? = if head & LogRecord.previousFlag != 0 { try part() } else { nil }
        return LogRecord(
            revision: revision, kind: kind, namespace: namespace, key: key, entry: entry, previous: previous)
    }

    private mutating func part() throws(SQLiteError) -> UnsafeRawBufferPointer {
        let count = try take(LogRecord.lengthBytes).loadUnaligned(as: UInt32.self)
        return try take(Int(UInt32(littleEndian: count)))
    }

    private mutating func number() throws(SQLiteError) -> UInt64 {
        guard let number = rest.next() else { throw .damagedLog("a number is cut off") }
        return number
    }

    private func length(_ number: UInt64) throws(SQLiteError) -> Int {
        guard let count = Int(exactly: number) else { throw .damagedLog("length \(number)") }
        return count
    }

    private mutating func take(_ count: Int) throws(SQLiteError) -> UnsafeRawBufferPointer {
        guard let bytes = rest.take(count) else { throw .damagedLog("\(count) bytes are cut off") }
        return bytes
    }
}

extension SQLiteError {
    fileprivate static func damagedLog(_ what: String) -> SQLiteError {
        SQLiteError(code: SQLITE_CORRUPT, message: "a row of the log cannot be read: \(what)")
    }
}
