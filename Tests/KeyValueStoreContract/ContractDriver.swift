public import CrierCore

/// A driver under test: how to get a store of it that holds nothing yet.
public protocol ContractDriver: Sendable {
    /// What the driver can do beside the port. Promises that need more are not checked.
    var abilities: Set<StoreAbility> { get }

    /// A new, empty store.
    func open(_ settings: ContractSettings) async throws -> any ContractStore
}

/// What a driver of this project can usually do, and one that stands on another's server perhaps not.
public enum StoreAbility: Sendable, CaseIterable {
    /// `advance` moves the clock that leases and expiries are measured by.
    case clock
    /// `reopen` does what a restart does.
    case reopening
    /// `announce` makes waiting watchers hear where the store is.
    case bookmarks
    /// The log is cut where `ContractSettings.retainedRevisions` says, or a little later.
    case retention
    /// It takes `ContractSettings.quotas`.
    case quotas
    /// It makes backups.
    case backups
}

/// How a store is to be set up for a promise.
public struct ContractSettings: Sendable {
    public var quotas = StoreQuotas()
    /// How far back the log reaches, at least. It must be cut before it is twice as long.
    public var retainedRevisions = KeyValueLimits.retainedRevisions

    public init() {}
}

/// A store under test, and what can be done to it from outside.
public protocol ContractStore: Sendable {
    /// The store as it is open now.
    var store: any KeyValueStore { get }

    /// Lets time go by, and returns when everything that is due by then has ended.
    func advance(milliseconds: Int64) async throws

    /// Closes the store and opens it again.
    func reopen() async throws

    /// Tells watchers that wait where the store is.
    func announce() async throws

    /// Ends the store and every watch.
    func close() async
}
