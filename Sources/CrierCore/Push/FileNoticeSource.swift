/// Knows the files that a notice can name, from memory: asked on the loop, for every push of a notice.
public protocol FileNoticeSource: Sendable {
    /// The notice with name, size, digest and block size as the store has them; the caller's other fields are kept.
    ///
    /// Throws INVALID_ARGUMENT for what is no file id, NOT_FOUND for a file that the store does not have.
    func completed(_ notice: FileNotice) throws(GatewayError) -> FileNotice
}

/// A gateway without a file store: every file is unknown.
public struct NoFiles: FileNoticeSource {
    public init() {}

    public func completed(_ notice: FileNotice) throws(GatewayError) -> FileNotice {
        throw GatewayError(.notFound, field: "file_notice.file_id", "file_id \(notice.fileID) is not known")
    }
}
