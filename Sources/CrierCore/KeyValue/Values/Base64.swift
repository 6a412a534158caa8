/// Base64 as RFC 4648, section 4 has it: the one spelling of some bytes, and nothing else.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let notInAlphabet: UInt8 = 0xff

    /// The place of each character in the alphabet.
    private static let places: [UInt8] = {
        var places = Array(repeating: notInAlphabet, count: 256)
        for (place, character) in alphabet.enumerated() { places[Int(character)] = UInt8(place) }
        return places
    }()

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0...group.count { text.append(alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 0x3f)]) }
            text.append(contentsOf: repeatElement(padding, count: 3 - group.count))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil: the text has other characters, no or wrong padding, or bits behind its last byte.
    static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8(decode)
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padded = text.suffix(2).reversed().prefix { $0 == padding }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: 0, to: text.count, by: 4) {
            let missing = start + 4 == text.count ? padded : 0
            var bits: UInt32 = 0
            for index in start..<start + 4 - missing {
                let place = places[Int(text[index])]
                guard place != notInAlphabet else { return nil }
                bits = bits << 6 | UInt32(place)
            }
            bits <<= 6 * UInt32(missing)
            // Bits that no byte holds must be 0, or two texts would be the same bytes.
            guard bits & ((1 << (8 * UInt32(missing))) - 1) == 0 else { return nil }
            for index in 0..<3 - missing { bytes.append(UInt8(truncatingIfNeeded: bits >> (16 - 8 * UInt32(index)))) }
        }
        return bytes
    }
}
