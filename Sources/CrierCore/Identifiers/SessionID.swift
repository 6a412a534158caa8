/// The random name of one session: 128 bits, written as 32 hexadecimal digits. Two words in memory, text on the wire.
public struct SessionID: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    init(random: () -> UInt64) {
        high = random()
        low = random()
    }

    /// The session that a returning client names; `nil` when it is not the text of a session id.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.dropFirst(16), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }
}

extension SessionID: CustomStringConvertible {
    public var description: String { Self.hex(high) + Self.hex(low) }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
