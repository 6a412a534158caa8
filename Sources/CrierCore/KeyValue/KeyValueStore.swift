/// Shared state: typed values with revisions, transactions and a change feed that loses nothing.
///
/// The port that the registry, the file catalogue and the key-value services stand on. `MemoryKeyValueStore` is the
/// reference; every driver passes the `KeyValueStoreContract`.
///
/// Promises of every driver:
/// - A write that returned survives whatever the driver says it survives (SQLite: a power cut), and every read that
///   begins afterwards sees it.
/// - A transaction that changes something takes one new revision; one that changes nothing takes none.
/// - `unavailable`, `quota` and every refusal mean that nothing was done; only `indeterminate` leaves it open.
public protocol KeyValueStore: Sendable {
    /// The entry, and where the store stood when it was read.
    func get(_ key: StoreKey) async throws(KeyValueError) -> StoreRead

    /// A page of entries in the order of their bytes, namespace first.
    func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage

    /// Tests the guards and does one of the two lists of writes, at one revision. Throws what
    /// `StoreTransaction.validate` throws, `wrongType` and `overflow` of an increment, `quota`, `unavailable`,
    /// `indeterminate`.
    @discardableResult
    func transact(_ transaction: StoreTransaction) async throws(KeyValueError) -> StoreTransaction.Outcome

    /// Every change after a position, or from now on. Throws `compacted` when the log does not reach back that far, and
    /// `epochChanged` for a position of another epoch or ahead of the store.
    func watch(_ scope: StoreScope, after position: StorePosition?) async throws(KeyValueError) -> StoreWatch
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

/// Which page to read.
public struct StoreListRequest: Sendable, Equatable {
    public let scope: StoreScope
    /// Entries at most; brought into 1 to `KeyValueLimits.maximumPageEntries`.
    public let limit: Int
    /// The `next` of the page before; nil: the first page.
    public let cursor: StoreCursor?

    public init(
        _ scope: StoreScope,
        limit: Int = KeyValueLimits.defaultPageEntries,
        cursor: StoreCursor? = nil
    ) {
        self.scope = scope
        self.limit = min(max(limit, 1), KeyValueLimits.maximumPageEntries)
        self.cursor = cursor
    }
}

/// The place between two pages.
public struct StoreCursor: Sendable, Equatable {
    /// The last key of the page before.
    public let after: StoreKey
    /// The position of the first page, which all of them carry.
    public let position: StorePosition

    public init(after: StoreKey, position: StorePosition) {
        self.after = after
        self.position = position
    }
}

/// Entries in order. A page ends early when its values reach `KeyValueLimits.pageBytes`.
public struct StorePage: Sendable, Equatable {
    public let entries: [StoreEntry]
    /// Where the store stood at the *first* page. Later pages may show newer entries; whoever watches from here, and
    /// ignores a change that is not newer than the entry it has, misses nothing.
    public let position: StorePosition
    /// Where the next page begins; nil: this was the last.
    public let next: StoreCursor?

    public init(entries: [StoreEntry], position: StorePosition, next: StoreCursor?) {
        self.entries = entries
        self.position = position
        self.next = next
    }
}
