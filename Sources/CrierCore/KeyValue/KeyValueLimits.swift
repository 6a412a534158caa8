/// The key-value state's limits. The same in every driver, so that what one back-end takes, all take.
public enum KeyValueLimits {
    /// Bytes of a namespace's name: it stands in paths, settings and metrics, where DNS's label length is the custom.
    public static let namespaceBytes = 63
    /// Bytes of a key's UTF-8: room for any path-like name; keeps keys small beside their values.
    public static let keyBytes = 512
    /// Bytes of a value: etcd takes 1.5 MiB a request and NATS 1 MiB a message. What is larger is a file.
    public static let valueBytes = 1 << 20
    /// Nested objects and arrays of a `json` value: readers of other languages stop at 64 to 512.
    public static let jsonDepth = 128
    /// Guards and writes of a transaction in one branch: etcd refuses more than 128.
    public static let transactionOperations = 100
    /// Bytes of keys and values in a transaction: etcd takes 1.5 MiB a request.
    public static let transactionBytes = 1 << 20
    /// Keys that one prefix deletion removes: they make one revision, which a watcher must hold whole.
    public static let prefixDeletionKeys = 10_000
    /// Entries of a page when the caller does not say.
    public static let defaultPageEntries = 1_000
    /// Entries of a page at most.
    public static let maximumPageEntries = 10_000
    /// Bytes of values in a page, after which it ends early: bounds the memory of one read.
    public static let pageBytes = 4 << 20
    /// Milliseconds of an entry's own expiry: any time that a clock can tell apart, up to ten years.
    public static let expiryMilliseconds: ClosedRange<Int64> = 1...(10 * 365 * 86_400_000)
    /// Milliseconds of a lease: 2 s is the least that etcd grants; a day, since a lease is for what is alive.
    public static let leaseMilliseconds: ClosedRange<Int64> = 2_000...86_400_000
    /// Entries of one lease: they go at one revision, which a watcher must hold whole.
    public static let leaseEntries = 10_000
    /// Leases at once: each is a renewal every few seconds; etcd falls behind at 40,000.
    public static let leases = 20_000
    /// Entries with an expiry of their own: each holds a timer in memory, about 200 bytes.
    public static let timedEntries = 1_000_000
    /// Entries with an expiry of their own that go at one revision: keeps a commit, and what a watcher gets, short.
    public static let expirySliceEntries = 1_000
    /// Changes of one key's history at most: what a page on a screen can show.
    public static let maximumHistoryChanges = 1_000
    /// Keys that a namespace's statistics name as the busiest.
    public static let hotKeys = 10
    /// Parts that keys are counted in, so that cores seldom meet at one of them.
    static let hotKeyShards = 16
    /// Keys that a part counts: 4,096 in all are about 1 MiB, and many times what is ever told.
    static let hotKeyCounters = 256
    /// Operations of a part that are all counted: what somebody tries out by hand shows exactly.
    static let hotKeyExactOperations: UInt64 = 1_024
    /// Of further operations, every so many is counted, for all of them: the others cost one addition.
    static let hotKeySampling: UInt64 = 16
    /// Operations of a part after which its counts are halved: "of late" is a few hundred thousand operations.
    static let hotKeyMemory: UInt64 = 1 << 16
    /// Bytes of a backup handed over at once: a few disk reads, far below a message's limit.
    public static let backupPieceBytes = 256 << 10
    /// Changes that wait for one watcher before it is sent back to the log.
    public static let watchBufferedChanges = 10_000
    /// Bytes of changes that wait for one watcher before it is sent back to the log.
    public static let watchBufferedBytes = 8 << 20
    /// Changes read from the log at once for a watcher that is behind (a revision is never split).
    public static let watchPageChanges = 1_000
    /// Revisions that the log keeps for watchers that come back: hours at an ordinary rate of change.
    public static let retainedRevisions = 100_000
    /// Bytes of changes that the log keeps: bounds the disk when values are large.
    public static let retainedBytes = 256 << 20
}
