public import CrierMessages

extension PullOrder {
    /// Checks a notice. Throws `.invalidArgument` naming the field: a name that is none, a negative size, or no digest
    /// to hold the bytes against.
    public init(_ notice: FileNotice, messageID: String = "") throws(CrierClientError) {
        try self.init(
            fileID: notice.fileID,
            name: SafeFileName(notice.fileName),
            size: notice.fileSize,
            digest: Self.digest(notice.sha256, fileID: notice.fileID),
            blockSize: notice.blockSize,
            notBefore: notice.notBefore > 0 ? notice.notBefore : nil,
            deadline: notice.deadline > 0 ? notice.deadline : nil,
            startJitter: .milliseconds(max(0, notice.startJitterMs)),
            maxBytesPerSecond: notice.maxBytesPerSecond,
            messageID: messageID,
            rolloutID: notice.rolloutID
        )
    }

    /// What `GetFile` said, under a name of the caller's.
    init(_ info: FileInfo, as name: SafeFileName) throws(CrierClientError) {
        try self.init(
            fileID: info.fileID,
            name: name,
            size: info.size,
            digest: Self.digest(info.sha256, fileID: info.fileID),
            blockSize: info.blockSize
        )
    }

    /// Said twice, in the id and beside it, it must be the same.
    private static func digest(_ bytes: [UInt8], fileID: String) throws(CrierClientError) -> ContentDigest {
        let named = ContentDigest(fileID: fileID)
        if bytes.isEmpty, let named { return named }
        guard let digest = ContentDigest(bytes) else {
            throw CrierClientError(
                .invalidArgument,
                "sha256 has \(bytes.count) bytes; 32 are needed, or a file_id sha256:<64 hex digits>: "
                    + "what cannot be verified is not pulled"
            )
        }
        guard named == nil || named == digest else {
            throw CrierClientError(.invalidArgument, "sha256 is \(digest.hex), but file_id is \(fileID)")
        }
        return digest
    }
}
