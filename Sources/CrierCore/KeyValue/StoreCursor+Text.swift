/// The place between two pages of a list as clients carry it: opaque, and safe in a URL as it is.
///
/// Hexadecimal digits of `epoch:revision:namespace/key`: the position of the first page and the last key of the page
/// before. A namespace has no slash, so the first one ends it.
extension StoreCursor {
    /// As clients carry it; `init(text:of:)` reads it.
    public var text: String {
        let digits = Array("0123456789abcdef".utf8)
        let plain = "\(position):\(after)"
        return String(
            decoding: plain.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self
        )
    }

    /// Reads a cursor of a list of `scope`. Throws `invalid` naming `field` when this gateway did not make it, or made
    /// it for a list of something else.
    public init(text: String, of scope: StoreScope, field: String = "cursor") throws(KeyValueError) {
        guard let cursor = Self.parse(text), scope.contains(cursor.after) else {
            throw KeyValueError(
                .invalid, "\(field) is not of this list: it must be what the page before gave, with the same prefix"
            )
        }
        self = cursor
    }

    private static func parse(_ text: String) -> StoreCursor? {
        let digits = text.utf8.compactMap(\.hexadecimalValue)
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2), digits.count <= longest else {
            return nil
        }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        guard let plain = String(validating: bytes, as: UTF8.self) else { return nil }
        let parts = plain.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let epoch = UInt64(parts[0]), let revision = UInt64(parts[1]) else { return nil }
        let names = parts[2].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard names.count == 2, let namespace = try? StoreNamespace(String(names[0])),
            let key = try? StoreKey(namespace, String(names[1]))
        else { return nil }
        return StoreCursor(after: key, position: StorePosition(epoch: epoch, revision: revision))
    }

    /// Digits: two a byte of two numbers, three separators, a namespace and a key.
    private static let longest = 2 * (2 * 20 + 3 + KeyValueLimits.namespaceBytes + KeyValueLimits.keyBytes)
}

extension UInt8 {
    /// The value of a lower-case hexadecimal digit.
    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
