/// The caller's own name for one attempt to bring a file, under which it can be resumed.
public struct UploadID: Sendable {
    public let text: String

    /// Throws INVALID_ARGUMENT naming `field`, unless `text` is 1 to 255 bytes of UTF-8.
    public init(_ text: String, field: String = "upload_id") throws(FileStoreError) {
        guard (1...FileLimits.uploadIDBytes).contains(text.utf8.count) else {
            throw .invalidArgument(
                field, text, "has \(text.utf8.count) bytes; allowed are 1 to \(FileLimits.uploadIDBytes) bytes of UTF-8"
            )
        }
        self.text = text
    }
}

extension UploadID: Equatable {
    public static func == (one: Self, other: Self) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }
}
