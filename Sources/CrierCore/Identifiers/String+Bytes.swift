/// Identifiers are compared and checked by their bytes; `String` itself compares by canonical equivalence.
extension String {
    /// Where the first C0 or C1 control character or DEL begins, in bytes of UTF-8.
    var offsetOfControlCharacter: Int? {
        // A plain loop over plain memory: this is done for every push.
        utf8.withContiguousStorageIfAvailable { bytes in
            var previous: UInt8 = 0
            for offset in 0..<bytes.count {
                let byte = bytes[offset]
                if byte < 0x20 || byte == 0x7F { return offset }
                // U+0080 to U+009F, the C1 set, are the two bytes C2 80 to C2 9F.
                if previous == 0xC2, byte < 0xA0 { return offset - 1 }
                previous = byte
            }
            return nil
        } ?? nil
    }

    var hashOfBytes: Int {
        var hasher = Hasher()
        let hashed: Void? = utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        if hashed == nil { for byte in utf8 { hasher.combine(byte) } }
        return hasher.finalize()
    }

    func hasSameBytes(as other: String) -> Bool {
        utf8.span.withUnsafeBytes { left in
            other.utf8.span.withUnsafeBytes { right in left.count == right.count && Self.areSame(left, right) }
        }
    }

    /// Eight bytes at a time: keys are compared with every look into a table.
    private static func areSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 8 <= left.count {
            let words = (
                left.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
                right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            )
            guard words.0 == words.1 else { return false }
            offset += 8
        }
        while offset < left.count {
            guard left[offset] == right[offset] else { return false }
            offset += 1
        }
        return true
    }
}
