import NIOCore

/// What the key-value service allows itself. What the contract allows stands in CrierCore's `KeyValueLimits`.
enum KeyValueServiceLimits {
    /// Bytes of a page's entries: a page and the overhead of its messages stay below the 4 MiB that gRPC clients take
    /// in one message. One entry more than fits is a page of its own.
    static let pageBytes = 3 << 20

    /// Bytes of changes or of a snapshot's entries in one message: a quarter of what gRPC clients take, since a change
    /// can be as large as two values and is never cut.
    static let watchMessageBytes = 1 << 20

    /// Bytes that an entry's fields need beside its names and its value: eight numbers of at most ten bytes, and tags.
    static let entryOverheadBytes = 128

    /// Changes in an answer to `History` when the caller does not say: a screen or two.
    static let defaultHistoryChanges = 100

    /// How long a watcher may leave unread what waits for it. 60 s: as long as an agent may be silent.
    static let watchStall = TimeAmount.seconds(60)
}
