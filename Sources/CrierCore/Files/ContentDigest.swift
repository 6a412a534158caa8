/// The SHA-256 of a file's bytes: what a file *is*, whatever it is called.
public struct ContentDigest: Sendable, Hashable {
    /// Bytes in a SHA-256.
    public static let byteCount = 32

    /// The digest as four big-endian words: no allocation, and quick to hash.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Nil unless `bytes` are exactly 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 {
            (0..<8).reduce(0) { value, _ in value << 8 | UInt64(iterator.next() ?? 0) }
        }
        words = (word(), word(), word(), word())
    }

    /// Nil unless `hex` is exactly 64 lower-case hexadecimal digits.
    public init?(hex: some StringProtocol) {
        let digits = hex.utf8
        guard digits.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        var high: UInt8?
        for digit in digits {
            guard let value = Self.value(ofHexDigit: digit) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self.init(bytes)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3]
            .flatMap { word in
                stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
            }
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func value(ofHexDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    public static func == (one: Self, other: Self) -> Bool { one.words == other.words }

    public func hash(into hasher: inout Hasher) {
        // A digest's bits are uniform: one word is as good as four, and an attacker who can choose 64 bits of a
        // SHA-256 still meets the hasher's random seed.
        hasher.combine(words.0)
    }
}

extension ContentDigest: CustomStringConvertible {
    public var description: String { "sha256:" + hex }
}
