/// Why a file operation failed. The codes are gRPC's, since they are the words every caller of the store speaks.
public struct FileStoreError: Error, Sendable, Equatable {
    public enum Code: Sendable, Hashable {
        case invalidArgument, notFound, failedPrecondition, outOfRange, resourceExhausted
        /// Another stream took this upload over.
        case aborted
        /// Bytes are not what they were: on the wire, or on the disk.
        case dataLoss
        /// The store is stopping, or what it needs does not answer.
        case unavailable
        /// The disk refused for a reason that the caller cannot change.
        case internalFault
    }

    public var code: Code
    /// Names the field, the value and what is allowed.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension FileStoreError {
    /// "`field` `value` `fault`", with the value as an excerpt.
    public static func invalidArgument(_ field: String, _ value: String, _ fault: String) -> Self {
        Self(.invalidArgument, "\(field) \(Excerpt(value)) \(fault)")
    }

    /// What `id` stands for is not in the store.
    public static func notFound(_ id: FileID) -> Self {
        Self(.notFound, "file_id \(Excerpt(id.description)) is not known")
    }

    /// The bytes are known but cannot be served; a new upload of the same content heals it.
    public static func damaged(_ digest: ContentDigest, _ detail: String) -> Self {
        Self(.dataLoss, "file_id \"\(digest)\" is damaged on this node (\(detail)); upload it again")
    }
}

extension FileStoreError: CustomStringConvertible {
    public var description: String { "\(code): \(message)" }
}
