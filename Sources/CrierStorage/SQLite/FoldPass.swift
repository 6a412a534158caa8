import CrierCore

/// One way of the writer through the keys that the table of entries is behind of: in the order of the table, so that
/// neighbours are written together, and some with each commit, so that none takes long.
struct FoldPass {
    struct Item {
        let key: StoreKey
        let row: Int64?
    }

    /// Once it is through, the table has every change up to here.
    let revision: UInt64
    /// How many of the cache's unfolded keys these are.
    let keyCount: Int
    private let items: [Item]
    private var done = 0

    init(_ cache: EntryCache, at revision: UInt64) {
        self.revision = revision
        let keys = cache.unfoldedKeys
        keyCount = keys.count
        items = keys.map { Item(key: $0, row: cache.newest($0)?.row) }
            .sorted { left, right in
                // New ones go to the end of the table, and their keys into its index.
                left.row == right.row ? left.key < right.key : left.row ?? .max < right.row ?? .max
            }
    }

    func next(_ count: Int) -> ArraySlice<Item> { items[done...].prefix(count) }

    func isLast(_ slice: ArraySlice<Item>) -> Bool { slice.endIndex == items.endIndex }

    mutating func finish(_ slice: ArraySlice<Item>) { done = slice.endIndex }
}
