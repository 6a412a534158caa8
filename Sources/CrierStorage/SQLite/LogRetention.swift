public import CrierCore

/// How much of the log of changes is kept, for watchers that come back and for history. The first limit that is reached
/// counts.
public struct LogRetention: Sendable {
    /// Revisions; at least 1.
    public var revisions: UInt64
    /// Bytes of changes.
    public var bytes: Int
    /// Milliseconds since the change, to the minute; nil: however old.
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

    /// The log may go up to this revision. Not one revision at a time: each removal costs a commit a page or two.
    ///
    /// - Parameter aged: everything up to this revision is too old.
    func surplusEnd(_ state: borrowing StoreState, aged: UInt64) -> UInt64 {
        let count = state.position.revision - state.compacted
        var surplus = aged > state.compacted ? aged - state.compacted : 0
        let slack = min(SQLiteLimits.compactionRevisions, revisions)
        if count >= revisions + slack { surplus = max(surplus, count - revisions) }
        if state.logBytes > bytes { surplus = max(surplus, 1, count / 4) }
        return state.compacted + min(surplus, count)
    }
}
