import CrierCore

/// The place between two pages as text: `<epoch>.<revision>.<key in hexadecimal>`. It belongs to one list; what a caller
/// sends back is checked like anything else from outside.
enum PageCursor {
    static func text(_ cursor: StoreCursor) -> String {
        let key = cursor.after.key.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(cursor.position.epoch).\(cursor.position.revision).\(key)"
    }

    /// Throws 400 for a text that no list of this scope gave.
    static func parse(_ text: String, of scope: StoreScope, in namespace: StoreNamespace) throws(Problem) -> StoreCursor
    {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let epoch = UInt64(parts[0]), let revision = UInt64(parts[1]),
            let name = key(parts[2]), let key = try? StoreKey(namespace, name), scope.contains(key)
        else {
            throw Problem.wrong(
                "cursor \(Problem.excerpt(text)) is not allowed: it must be that of a Link of the same list",
                field: "cursor"
            )
        }
        return StoreCursor(after: key, position: StorePosition(epoch: epoch, revision: revision))
    }

    private static func key(_ hexadecimal: Substring) -> String? {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        guard digits.count == hexadecimal.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        return String(validating: bytes, as: UTF8.self)
    }
}
