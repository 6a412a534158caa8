/// Text from outside as a message can carry it: quoted, escaped, and short however long it is.
public struct Excerpt: CustomStringConvertible, Sendable {
    public let description: String

    public init(_ text: some StringProtocol) {
        let head = text.unicodeScalars.prefix(Limits.excerptScalars).map { $0.escaped(asASCII: false) }.joined()
        let isWhole = text.unicodeScalars.count <= Limits.excerptScalars
        description = isWhole ? "\"\(head)\"" : "\"\(head)…\" (\(text.utf8.count) bytes)"
    }
}
