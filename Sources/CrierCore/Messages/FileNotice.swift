/// Tells a client of a file that it may pull. Name, size, digest and block size come from the gateway's store.
public struct FileNotice: Sendable, Equatable {
    /// A name to show, never a path.
    public var fileName = ""
    /// Bytes.
    public var fileSize: Int64 = 0
    public var fileID: String
    /// 32 bytes.
    public var sha256: [UInt8] = []
    /// Bytes; the unit of the block table.
    public var blockSize: Int64 = 0
    /// Milliseconds since 1970; 0: at once.
    public var notBefore: Int64 = 0
    /// Milliseconds since 1970; 0: none.
    public var deadline: Int64 = 0
    public var startJitterMilliseconds: Int64 = 0
    /// 0: no limit.
    public var maximumBytesPerSecond: Int64 = 0
    /// Other places that hold the same bytes.
    public var urls: [String] = []
    public var rolloutID = ""
    public var labels: [Label] = []
    /// Stop, and delete what was pulled of this file.
    public var isRevoked = false

    public init(fileID: String) { self.fileID = fileID }
}

/// Steers a pull that a client has under way.
public struct FileControl: Sendable, Equatable {
    public var fileID: String
    /// The contract's number of the action. Kept as a number: a client of a later contract may know more of them.
    public var action: Int32
    public var maximumBytesPerSecond: Int64

    public init(fileID: String, action: Int32, maximumBytesPerSecond: Int64 = 0) {
        self.fileID = fileID
        self.action = action
        self.maximumBytesPerSecond = maximumBytesPerSecond
    }
}

/// How far a client is with a file.
public struct FileStatus: Sendable, Equatable {
    public var fileID: String
    public var state: State
    /// Bytes.
    public var bytesDone: Int64
    /// Bytes.
    public var bytesTotal: Int64
    public var detail: String
    /// The notice that this answers.
    public var messageID: String
    public var rolloutID: String

    public enum State: Sendable, Equatable {
        case unknown, accepted, downloading, verified, installed, failed, declined, paused
    }

    public init(
        fileID: String,
        state: State,
        bytesDone: Int64 = 0,
        bytesTotal: Int64 = 0,
        detail: String = "",
        messageID: String = "",
        rolloutID: String = ""
    ) {
        self.fileID = fileID
        self.state = state
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.detail = detail
        self.messageID = messageID
        self.rolloutID = rolloutID
    }
}
