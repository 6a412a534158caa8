public import CrierCore

/// How an embedded key-value store works.
public struct SQLiteStoreSettings: Sendable {
    /// What an answered write survives.
    public enum Durability: String, Sendable, CaseIterable {
        /// A power cut: every commit waits for the disk (`synchronous=FULL`).
        case full
        /// The end of the process, but not a power cut, which may take the last writes: never one from the middle
        /// (`synchronous=NORMAL`).
        case normal
    }

    public var durability = Durability.full
    public var retention = LogRetention()
    public var quotas = StoreQuotas()

    package var folding = FoldLimits()
    /// For tests: called on the writer's thread, which waits for it.
    package var onMoment: (@Sendable (StoreMoment) -> Void)?

    public init() {}
}

/// When entries that are in the log alone are folded into their table, and how many with a commit at least.
package struct FoldLimits: Sendable {
    package var keys = SQLiteLimits.unfoldedKeys
    package var bytes = SQLiteLimits.unfoldedBytes
    package var revisions = SQLiteLimits.unfoldedRevisions
    package var entriesPerCommit = SQLiteLimits.foldedEntriesPerCommit
    package var entriesAlone = SQLiteLimits.foldedEntriesAlone

    init() {}

    /// How many entries a commit folds at least.
    ///
    /// - Parameters:
    ///   - transactions: what the commit has of its own.
    ///   - unfoldedBytes: what cannot leave the cache until it is folded.
    func leastEntries(beside transactions: Int, unfoldedBytes: Int) -> Int {
        if unfoldedBytes >= bytes { return max(SQLiteLimits.foldedEntriesWhenFull, transactions) }
        return transactions == 0 ? entriesAlone : max(entriesPerCommit, transactions)
    }
}

/// Moments of the writer at which a test may end the process.
package enum StoreMoment: String, Sendable {
    /// Entries were written into their table, in a commit that is not finished.
    case fold
    /// They are committed.
    case folded
    /// A slice of the log was removed, in a commit that is not finished.
    case compaction
}
