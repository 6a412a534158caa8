/// The limits of the embedded key-value store.
enum SQLiteLimits {
    /// Transactions in one commit: what they share is one fsync; more of them only make the first wait longer.
    static let transactionsPerCommit = 256
    /// Bytes of keys and values in one commit, after which the next transaction waits for the next.
    static let bytesPerCommit = 4 << 20
    /// Requests that wait for the writer. Beyond this a write is refused as unavailable: the disk does not keep up.
    static let queuedRequests = 16_384
    /// Bytes of keys and values that wait for the writer: a second's work of an ordinary disk.
    static let queuedBytes = 64 << 20
    /// Pages of the write-ahead log at which it is written back: 16 MiB. Small enough to keep a commit's delay in the
    /// tens of milliseconds.
    static let checkpointPages: Int32 = 4_096
    /// Pages at which writers wait until all of it is written back: 64 MiB.
    static let forcedCheckpointPages: Int32 = 16_384
    /// Milliseconds to wait for a tool (the sqlite3 shell) that has the file locked.
    static let busyMilliseconds: Int32 = 5_000
    /// KiB of page cache of the writer, and of the reader.
    static let cacheKiB = 8_192
    /// Revisions that one slice of compaction removes: between two slices, writers get their turn.
    static let compactionRevisions: UInt64 = 1_000
}
