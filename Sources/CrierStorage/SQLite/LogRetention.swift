public import CrierCore

/// How much of the log of changes is kept, for watchers that come back and for history. The first limit that is reached
/// counts.
public struct LogRetention: Sendable {
    /// Revisions; at least 1.
    public var revisions: UInt64
    /// Bytes of changes.
    public var bytes: Int
    /// Milliseconds since the change; nil: however old.
    public var milliseconds: Int64?

    public init(
        revisions: UInt64 = UInt64(KeyValueLimits.retainedRevisions),
        bytes: Int = KeyValueLimits.retainedBytes,
        milliseconds: Int64? = nil
    ) {
        self.revisions = max(1, revisions)
        self.bytes = bytes
        self.milliseconds = milliseconds
    }

    /// How many of the oldest revisions can go. Not one at a time: each removal costs a commit a page or two.
    func surplus(revisions: UInt64, bytes: Int) -> UInt64 {
        if bytes > self.bytes { return max(1, revisions / 4) }
        let slack = min(SQLiteLimits.compactionRevisions, self.revisions)
        return revisions >= self.revisions + slack ? revisions - self.revisions : 0
    }
}
