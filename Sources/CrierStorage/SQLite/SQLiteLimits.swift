import NIOCore

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
    /// Pages of the write-ahead log at which it is written back: 64 MiB. A page that changes often is written back once
    /// for all its changes, and a commit waits tens of milliseconds for it; a start reads so much in as long.
    static let checkpointPages: Int32 = 16_384
    /// Pages at which writers wait until all of it is written back: 256 MiB.
    static let forcedCheckpointPages: Int32 = 65_536
    /// Milliseconds to wait for a tool (the sqlite3 shell) that has the file locked.
    static let busyMilliseconds: Int32 = 5_000
    /// KiB of page cache of the writer, and of each reader.
    static let cacheKiB = 8_192
    /// Bytes of changes in a row of the log, after which the next begins: a row is read and removed whole.
    static let logRowBytes = 64 << 10
    /// Keys that may stand in the log and not in the table of entries, after which they are folded into it: what reads
    /// hold against the table, some megabytes.
    static let unfoldedKeys = 16_384
    /// Bytes of such entries, after which they are folded.
    static let unfoldedBytes = 32 << 20
    /// Revisions after which entries are folded: so much of the log is read when the store is opened after a crash.
    static let unfoldedRevisions: UInt64 = 50_000
    /// Entries that a commit folds at least, beside its own work: some tens of microseconds, less than what it waits
    /// for the disk. It folds as many as it has transactions, and twice as many as there are keys that became unfolded
    /// since the last one, so that a pass ends soon and the next is shorter.
    static let foldedEntriesPerCommit = 32
    /// Entries that a commit folds which has nothing else to do: nobody shares its wait for the disk.
    static let foldedEntriesAlone = 128
    /// Entries that a commit folds once `unfoldedBytes` stand in memory: it is felt, and better than more of them.
    static let foldedEntriesWhenFull = 512
    /// Revisions that one slice of compaction removes: between two slices, writers get their turn.
    static let compactionRevisions: UInt64 = 1_000
    /// Revisions after which the row that says where the store is is written again: the log says it too, and opening
    /// the store reads so much of it.
    static let stateRevisions: UInt64 = 10_000
    /// Milliseconds between two notes of which revision the log is at: how exactly its age is known.
    static let momentMilliseconds: Int64 = 60_000
    /// Bytes of a value from which on compressing it is worth a look: below it zstd saves less than it costs.
    static let compressedValueBytes = 1_024
    /// Percent that compression must save, so that reading is not slowed down for nothing.
    static let compressionSavingPercent = 12
    /// Entries that are armed at once after a start, between two commits: some milliseconds.
    static let armedEntriesPerSlice = 2_000
    /// After an expiry that could not be committed, because the disk was full: the next try.
    static let expiryRetry = TimeAmount.seconds(1)
    /// Bytes of entries that are kept for reads: some hundred thousand small ones, the working set of most.
    static let cachedEntryBytes = 64 << 20
    /// Parts of the cache, each with a lock of its own: more than threads that read.
    static let cacheShards = 16
    /// Bytes of an entry that is too large to be kept: it would push out too many others.
    static let cachedVersionBytes = 256 << 10
    /// Bytes that a cached key costs beside its versions: its slot, its place in the index.
    static let cacheSlotBytes = 128
    /// Bytes that a cached version costs beside its key and value.
    static let cacheVersionBytes = 192
    /// Pages that a backup copies between two commits: 1 MiB, some milliseconds.
    static let backupPagesPerSlice: Int32 = 256
}
