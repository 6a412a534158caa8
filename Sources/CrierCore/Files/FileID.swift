/// What a caller may ask for: certain bytes, or whatever a name stands for now. Never a path.
public enum FileID: Sendable, Hashable {
    /// "sha256:" and 64 lower-case hexadecimal digits.
    case content(ContentDigest)
    /// The newest file of that name.
    case name(FileName)

    static let contentPrefix = "sha256:"

    /// Throws INVALID_ARGUMENT naming `field` for anything but the two forms.
    public init(_ text: String, field: String = "file_id") throws(FileStoreError) {
        guard text.hasPrefix(Self.contentPrefix) else {
            self = .name(try FileName(text, field: field))
            return
        }
        guard let digest = ContentDigest(hex: text.dropFirst(Self.contentPrefix.count)) else {
            throw .invalidArgument(
                field, text,
                "is no content id; allowed are \"sha256:\" with 64 lower-case hexadecimal digits, or a name"
            )
        }
        self = .content(digest)
    }
}

extension FileID: CustomStringConvertible {
    /// The form that `init(_:field:)` reads.
    public var description: String {
        switch self {
        case .content(let digest): digest.description
        case .name(let name): name.text
        }
    }
}
