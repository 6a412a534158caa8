import CSQLite
import CrierCore

/// An entry as a blob of the database, without its key, which has columns of its own.
///
/// ```
/// byte 0      layout, 1
/// byte 1      type of the value
/// bytes 2…33  create revision, revision, version, updated at: 64 bits each, little-endian
/// bytes 34…   the value
/// ```
enum EntryCoding {
    private static let layout: UInt8 = 1
    private static let headBytes = 34

    static func encode(_ entry: StoreEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headBytes + entry.value.byteCount)
        bytes.append(layout)
        bytes.append(typeCode(entry.value))
        let updatedAt = UInt64(bitPattern: entry.updatedAt)
        for number in [entry.createRevision, entry.revision, entry.version, updatedAt] { append(number, to: &bytes) }
        switch entry.value {
        case .string(let text), .json(let text): bytes.append(contentsOf: text.utf8)
        case .integer(let value): append(UInt64(bitPattern: value), to: &bytes)
        case .double(let value): append(value.bitPattern, to: &bytes)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .bytes(let value): bytes.append(contentsOf: value)
        }
        return bytes
    }

    /// Throws SQLITE_CORRUPT: the bytes are not what `encode` makes.
    static func decode(_ bytes: [UInt8], _ key: StoreKey) throws(SQLiteError) -> StoreEntry {
        guard bytes.count >= headBytes, bytes[0] == layout,
            let value = value(of: bytes[1], bytes[headBytes...])
        else {
            throw SQLiteError(code: SQLITE_CORRUPT, message: "the entry of \(key) cannot be read: \(bytes.count) bytes")
        }
        return StoreEntry(
            key: key,
            value: value,
            createRevision: number(bytes[2..<10]),
            revision: number(bytes[10..<18]),
            version: number(bytes[18..<26]),
            updatedAt: Int64(bitPattern: number(bytes[26..<34]))
        )
    }

    private static func typeCode(_ value: StoreValue) -> UInt8 {
        switch value {
        case .string: 1
        case .integer: 2
        case .double: 3
        case .bool: 4
        case .json: 5
        case .bytes: 6
        }
    }

    private static func value(of type: UInt8, _ bytes: ArraySlice<UInt8>) -> StoreValue? {
        switch (type, bytes.count) {
        case (1, _): .string(String(decoding: bytes, as: UTF8.self))
        case (2, 8): .integer(Int64(bitPattern: number(bytes)))
        case (3, 8): .double(Double(bitPattern: number(bytes)))
        case (4, 1): .bool(bytes[bytes.startIndex] != 0)
        case (5, _): .json(String(decoding: bytes, as: UTF8.self))
        case (6, _): .bytes(Array(bytes))
        default: nil
        }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
