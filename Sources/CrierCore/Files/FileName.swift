/// A name that somebody gave a file: something to show and to look up, never a path.
///
/// Names are equal, hashed and ordered by their bytes, as on disk and in other languages: "é" is not "e\u{301}".
public struct FileName: Sendable, Hashable {
    public let text: String

    /// Throws INVALID_ARGUMENT naming `field`, unless `text` is 1 to 255 bytes of UTF-8 without control characters, `/`
    /// and `\`, other than `.` and `..`, and does not begin like a content id.
    public init(_ text: String, field: String) throws(FileStoreError) {
        if let fault = Self.fault(of: text) {
            throw .invalidArgument(field, text, "\(fault); \(Self.rule)")
        }
        self.text = text
    }

    /// What is allowed, for error messages.
    static let rule =
        "a name is 1 to \(FileLimits.nameBytes) bytes of UTF-8 without control characters, '/' and '\\', "
        + "and not '.' or '..'"

    private static func fault(of text: String) -> String? {
        let byteCount = text.utf8.count
        if byteCount == 0 { return "is empty" }
        if byteCount > FileLimits.nameBytes { return "has \(byteCount) bytes" }
        if text == "." || text == ".." { return "is a directory" }
        if text.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
            return "holds a path separator"
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "holds a control character"
        }
        if text.hasPrefix(FileID.contentPrefix) { return "begins like a content id but is none" }
        return nil
    }
}

extension FileName: Comparable {
    public static func == (one: Self, other: Self) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }

    public static func < (one: Self, other: Self) -> Bool {
        one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension FileName: CustomStringConvertible {
    public var description: String { text }
}
