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
