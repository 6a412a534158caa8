/// Numbers as 7 bits a byte, the lowest first, the top bit set on all but the last (LEB128).
enum Varint {
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Reads varints from the front of bytes that somebody else keeps.
struct VarintReader {
    /// What was not read yet.
    private(set) var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    /// nil: the bytes end, or the number does not fit into 64 bits.
    mutating func next() -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        var index = 0
        while index < rest.count, shift < 64 {
            let byte = rest[index]
            number |= UInt64(byte & 0x7f) << shift
            index += 1
            if byte < 0x80 {
                rest = UnsafeRawBufferPointer(rebasing: rest[index...])
                return number
            }
            shift += 7
        }
        return nil
    }

    /// The next bytes; nil: there are fewer.
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= rest.count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }
}
