/// One way of the writer through the keys that the table of entries is behind of: in the order of the table, so that
/// neighbours are written together, and some with each commit, so that none takes long.
struct FoldPass {
    /// Once it is through, the table has every change up to here.
    let revision: UInt64
    private let keys: [UnfoldedKey]
    private var done = 0
    /// How many keys were unfolded when the last slice was cut.
    private var unfoldedBefore: Int

    init(_ cache: EntryCache, at revision: UInt64) {
        self.revision = revision
        keys = cache.unfoldedKeys.sorted { left, right in
            // New ones go to the end of the table, and their keys into its index.
            left.row == right.row ? left.key < right.key : left.row ?? .max < right.row ?? .max
        }
        unfoldedBefore = keys.count
    }

    /// How many of the cache's unfolded keys these are.
    var keyCount: Int { keys.count }

    /// The next that a commit folds: `least`, and more than what has come since the last slice, so that the next pass
    /// is shorter.
    ///
    /// - Parameter unfolded: how many keys are unfolded now.
    func next(_ least: Int, unfolded: Int) -> ArraySlice<UnfoldedKey> {
        keys[done...].prefix(max(least, 2 * (unfolded - unfoldedBefore)))
    }

    func isLast(_ slice: ArraySlice<UnfoldedKey>) -> Bool { slice.endIndex == keys.endIndex }

    /// A slice of them is folded.
    mutating func finish(_ slice: ArraySlice<UnfoldedKey>, unfolded: Int) {
        done = slice.endIndex
        unfoldedBefore = unfolded
    }
}
