/// How a pull ended for good.
public enum PullOutcome: Sendable, Equatable {
    /// The file stands under its name, whole and right.
    case finished
    /// It will not be pulled, by policy or because a newer notice took the name.
    case declined(String)
    /// It could not be pulled, for this kind of error and with this text; only a new notice begins again.
    case failed(CrierClientError.Code, String)
    /// The gateway took the notice back; what had come was deleted.
    case revoked
}

/// What a pull is doing.
public enum PullPhase: Sendable, Equatable {
    /// Until its time, its random delay, its turn or the end of a pause between attempts; the text says which.
    case waiting(String)
    /// Hashing what is already there.
    case proving
    case downloading
    case verifying
    /// Asked to pause, or the disk is full; the part is kept.
    case paused(String)
    case ended(PullOutcome)
}

/// A pull's news.
public struct PullReport: Sendable, Equatable {
    public var order: PullOrder
    public var phase: PullPhase
    /// Bytes that are there and proven.
    public var bytesDone: Int64
}
