/// One file to pull: a notice whose every field has been checked.
public struct PullOrder: Sendable, Equatable {
    /// What the gateway is asked for.
    public var fileID: String
    /// What the file will be called in the directory.
    public var name: SafeFileName
    /// In bytes.
    public var size: Int64
    public var digest: ContentDigest
    /// In bytes: the unit of the gateway's block table; 0 when it did not say.
    public var blockSize: Int64
    /// Milliseconds since 1970 by the gateway's clock; nil: at once.
    public var notBefore: Int64?
    /// Milliseconds since 1970 by the gateway's clock; nil: never too late.
    public var deadline: Int64?
    /// Wait a random time up to this long before the first byte.
    public var startJitter: Duration
    /// 0: no limit.
    public var maxBytesPerSecond: Int64
    /// The notice that this pull answers; may be empty.
    public var messageID: String
    public var rolloutID: String

    /// Throws `.invalidArgument` for a negative size or an id that is longer than 1024 bytes.
    public init(
        fileID: String,
        name: SafeFileName,
        size: Int64,
        digest: ContentDigest,
        blockSize: Int64 = 0,
        notBefore: Int64? = nil,
        deadline: Int64? = nil,
        startJitter: Duration = .zero,
        maxBytesPerSecond: Int64 = 0,
        messageID: String = "",
        rolloutID: String = ""
    ) throws(CrierClientError) {
        guard size >= 0 else {
            throw CrierClientError(.invalidArgument, "file_size is \(size); 0 or more is allowed")
        }
        for (field, text) in [("file_id", fileID), ("message_id", messageID), ("rollout_id", rolloutID)]
        where text.utf8.count > Limits.noticeTextBytes {
            throw CrierClientError(
                .invalidArgument,
                "\(field) has \(text.utf8.count) bytes; at most \(Limits.noticeTextBytes) are allowed"
            )
        }
        self.fileID = fileID
        self.name = name
        self.size = size
        self.digest = digest
        self.blockSize = max(0, blockSize)
        self.notBefore = notBefore
        self.deadline = deadline
        self.startJitter = max(.zero, startJitter)
        self.maxBytesPerSecond = max(0, maxBytesPerSecond)
        self.messageID = messageID
        self.rolloutID = rolloutID
    }
}
