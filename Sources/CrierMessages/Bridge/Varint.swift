/// Protobuf's variable-length integers: seven bits a byte, the lowest first.
enum Varint {
    /// Bytes that `value` takes.
    static func size(_ value: Int) -> Int { size(UInt64(value)) }

    static func size(_ value: UInt64) -> Int {
        max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }

    /// Writes the tag of a length-delimited field and its length; returns where the field's bytes begin.
    static func writeTag(_ number: UInt64, length: Int, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        write(UInt64(length), to: write(number << 3 | 2, to: target))
    }

    /// Writes a number; returns where the next byte goes.
    static func write(_ value: UInt64, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var rest = value
        var target = target
        while rest >= 0x80 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            rest >>= 7
            target += 1
        }
        target.storeBytes(of: UInt8(rest), as: UInt8.self)
        return target + 1
    }
}
