import CrierCore

/// Values as bytes with a code for their type: what both layouts of the database share.
extension StoreValue {
    var typeCode: UInt8 {
        switch self {
        case .string: 1
        case .integer: 2
        case .double: 3
        case .bool: 4
        case .json: 5
        case .bytes: 6
        }
    }

    /// nil: no type has this code, or its values are not so long.
    init?(typeCode: UInt8, _ bytes: UnsafeRawBufferPointer) {
        switch (typeCode, bytes.count) {
        case (1, _): self = .string(String(decoding: bytes, as: UTF8.self))
        case (2, 8): self = .integer(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
        case (3, 8): self = .double(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))))
        case (4, 1): self = .bool(bytes[0] != 0)
        case (5, _): self = .json(String(decoding: bytes, as: UTF8.self))
        case (6, _): self = .bytes(Array(bytes))
        default: return nil
        }
    }

    func appendBytes(to bytes: inout [UInt8]) {
        switch self {
        case .string(let text), .json(let text): bytes.append(contentsOf: text.utf8)
        case .integer(let value): Self.append(UInt64(bitPattern: value), to: &bytes)
        case .double(let value): Self.append(value.bitPattern, to: &bytes)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .bytes(let value): bytes.append(contentsOf: value)
        }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
