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

    public init() {}
}
