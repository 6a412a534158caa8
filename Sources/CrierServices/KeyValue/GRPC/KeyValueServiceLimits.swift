import NIOCore

/// What the key-value service allows itself. What the contract allows stands in CrierCore's `KeyValueLimits`.
enum KeyValueServiceLimits {
    /// Bytes of a page's entries: a page and the overhead of its messages stay below the 4 MiB that gRPC clients take
    /// in one message. One entry more than fits is a page of its own.
    static let pageBytes = 3 << 20

    /// Bytes of changes or of a snapshot's entries in one message: a quarter of what gRPC clients take, since a change
    /// can be as large as two values and is never cut.
    static let watchMessageBytes = 1 << 20

    /// Bytes of a transaction's changes, up to which they come with what was before: two values of 1 MiB, the one that
    /// a write put and the one that it replaced, are within it, and the message is within the 4 MiB that clients take.
    static let outcomeBytes = (2 << 20) + (64 << 10)

    /// Bytes that an entry's fields need beside its names and its value: eight numbers of at most ten bytes, and tags.
    static let entryOverheadBytes = 128

    /// Changes in an answer to `History` when the caller does not say: a screen or two.
    static let defaultHistoryChanges = 100

    /// How long a watcher may leave unread what waits for it. 60 s: as long as an agent may be silent.
    static let watchStall = TimeAmount.seconds(60)
}
