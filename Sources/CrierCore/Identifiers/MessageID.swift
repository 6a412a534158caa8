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
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private let prefix: UInt64
    private var count: UInt64 = 0

    init(random: () -> UInt64) {
        // The topmost of 42 bits stays clear: then no id begins with "-", which a command line would read as a flag.
        prefix = random() & ((1 << 41) - 1)
    }

    mutating func next() -> MessageID {
        count &+= 1
        let (prefix, count) = (prefix, count)
        return MessageID(
            String(unsafeUninitializedCapacity: 15) { text in
                for place in 0..<7 { text[place] = Self.digit(prefix, place: 6 - place) }
                for place in 0..<8 { text[7 + place] = Self.digit(count, place: 7 - place) }
                return 15
            }
        )
    }

    private static func digit(_ number: UInt64, place: Int) -> UInt8 {
        alphabet[Int((number >> UInt64(6 * place)) & 63)]
    }
}
