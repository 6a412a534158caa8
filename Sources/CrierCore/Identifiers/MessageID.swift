/// The name of one message, unique over all nodes and restarts.
///
/// Made by the gateway: 15 characters, so that the text lives inside the `String` itself and costs no allocation.
public struct MessageID: Sendable, Hashable {
    public let rawValue: String

    public init(_ text: String) { rawValue = text }
}

extension MessageID: CustomStringConvertible {
    public var description: String { rawValue }
}

/// Makes the ids of one loop: 41 random bits that are the loop's own since its start, then a count of 48 bits.
struct MessageIDGenerator: Sendable {
    private static let alphabet = Array("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz".utf8)
    private static let prefixDigits = 7
    private static let countDigits = 8

    /// The last id's text. Counting in digits saves dividing the count into them for every message.
    private var digits: [UInt8]

    init(random: () -> UInt64) {
        let prefix = random()
        // The first digit is one of the upper half of the alphabet, all of them letters or "_": an id that began with
        // "-" would be read as a flag by a command line.
        digits = [Self.alphabet[32 + Int(prefix >> 59)]]
        for place in 0..<(Self.prefixDigits - 1) {
            digits.append(Self.alphabet[Int(truncatingIfNeeded: prefix >> UInt64(6 * place)) & 63])
        }
        digits += Array(repeating: Self.alphabet[0], count: Self.countDigits)
    }

    mutating func next() -> MessageID {
        var place = digits.count - 1
        while place >= Self.prefixDigits {
            digits[place] = Self.successor(of: digits[place])
            guard digits[place] == Self.alphabet[0] else { break }
            place -= 1
        }
        let digits = digits
        return MessageID(
            String(unsafeUninitializedCapacity: digits.count) { text in text.initialize(fromContentsOf: digits) }
        )
    }

    /// The next character of the alphabet, which is in the order of ASCII; the first again after the last.
    private static func successor(of digit: UInt8) -> UInt8 {
        switch digit {
        case UInt8(ascii: "-"): UInt8(ascii: "0")
        case UInt8(ascii: "9"): UInt8(ascii: "A")
        case UInt8(ascii: "Z"): UInt8(ascii: "_")
        case UInt8(ascii: "_"): UInt8(ascii: "a")
        case UInt8(ascii: "z"): UInt8(ascii: "-")
        default: digit + 1
        }
    }
}
