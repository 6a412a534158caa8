/// Shared state: typed values with revisions, transactions, leases and a change feed that loses nothing.
///
/// The port that the registry, the file catalogue and the key-value services stand on. `MemoryKeyValueStore` is the
/// reference; every driver passes the `KeyValueStoreContract`.
///
/// Promises of every driver:
/// - A write that returned survives whatever the driver says it survives (SQLite: a power cut), and every linearizable
///   read that begins afterwards sees it.
/// - A transaction that changes something takes one new revision; one that changes nothing takes none.
/// - `unavailable`, `quota` and every refusal mean that nothing was done; only `indeterminate` leaves it open.
/// - Nothing expires early. What has expired is there until its `expire` change is committed, so that reads and watches
///   tell the same story.
public protocol KeyValueStore: Sendable {
    /// The entry, and where the store stood when it was read.
    func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead

    /// What a linearizable `get` would answer, if the driver knows it without waiting for anything; nil: ask `get`. For
    /// callers on an event loop, which must not wait.
    func immediateRead(of key: StoreKey) -> StoreRead?

    /// The entry as it was when the store stood at `revision`. Throws `compacted` when the log does not reach back that
    /// far, and `epochChanged` for a revision ahead of the store.
    func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead

    /// A page of entries in the order of their bytes, namespace first.
    func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage

    /// Tests the guards and does one of the two lists of writes, at one revision. `completion` is called once, on a
    /// thread of the driver, and must not wait. Fails with what `StoreTransaction.validate` throws, `wrongType` and
    /// `overflow` of an increment, `leaseNotFound` of a put, `quota`, `unavailable`, `indeterminate`.
    func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion)

    /// The last changes of one key, newest first, as far as the log reaches back.
    ///
    /// - Parameter limit: brought into 1 to `KeyValueLimits.maximumHistoryChanges`.
    func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory

    /// Every change after a position, or from now on. Throws `compacted` when the log does not reach back that far, and
    /// `epochChanged` for a position of another epoch or ahead of the store.
    func watch(_ scope: StoreScope, after position: StorePosition?) async throws(KeyValueError) -> StoreWatch

    /// What a namespace holds; zeros for one that holds nothing.
    func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics

    /// The namespaces that hold anything, in order.
    func namespaces() async throws(KeyValueError) -> StoreNamespaceListing

    /// A new lease without entries. Throws `invalid` for a time outside `KeyValueLimits.leaseMilliseconds`.
    func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease

    /// Gives the lease its whole time again, from now. Throws `leaseNotFound`.
    func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease

    /// Ends the lease and deletes its entries, at one revision. Throws `leaseNotFound`.
    @discardableResult
    func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease

    /// A copy of everything as it is now, taken while the store goes on working. Throws `unavailable` when the driver's
    /// own tools make its backups.
    func backup() async throws(KeyValueError) -> any StoreBackup
}

/// How fresh a read must be.
public enum StoreConsistency: Sendable {
    /// Sees every write that was answered before the read began.
    case linearizable
    /// May be answered from this node's copy, which may be behind.
    case stale
}

/// What a read found, and when.
public struct StoreRead: Sendable, Equatable {
    public let entry: StoreEntry?
    public let position: StorePosition

    public init(entry: StoreEntry?, position: StorePosition) {
        self.entry = entry
        self.position = position
    }
}

/// The last changes of a key, newest first.
public struct StoreHistory: Sendable, Equatable {
    public let changes: [StoreChange]
    public let position: StorePosition

    public init(changes: [StoreChange], position: StorePosition) {
        self.changes = changes
        self.position = position
    }
}

/// The bytes of a backup, piece by piece. To let go of it ends it.
public protocol StoreBackup: AnyObject, Sendable {
    /// Bytes of the whole.
    var byteCount: Int64 { get }

    /// The next piece, at most `KeyValueLimits.backupPieceBytes`; nil at the end. Throws `unavailable` when it cannot
    /// be read to its end.
    func next() async throws(KeyValueError) -> [UInt8]?
}
