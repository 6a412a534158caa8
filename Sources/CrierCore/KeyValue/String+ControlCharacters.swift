extension String {
    /// Whether a control character is in it: U+0000 to U+001F, U+007F, U+0080 to U+009F, which are all of Unicode's
    /// category Cc. Looked for among the bytes, since every key of every request passes here.
    public var hasControlCharacters: Bool {
        var previous: UInt8 = 0
        for byte in utf8 {
            if byte < 0x20 || byte == 0x7F { return true }
            // U+0080 to U+009F are 0xC2 and a byte below 0xA0; 0xC2 is never the second byte of anything.
            if previous == 0xC2, byte < 0xA0 { return true }
            previous = byte
        }
        return false
    }
}
