import CrierCore

/// Commits append to the log alone. What they changed is *folded* into the table of entries later, many keys at once in
/// the order of the table: a page that many writes meet is written once for all of them.
///
/// ```
///  put ──▶ log, cache (unfolded) ──(16,384 keys, 32 MiB, 50,000 revisions, compaction, housekeeping)──▶ pass
///             ▲                                                                                          │
///             └────── written again after its slice ────── slice of the table, with a commit ◀───────────┘
/// ```
///
/// The row of `state` says up to which revision the table has every change, and is written when a pass is through. The
/// log is not compacted beyond that, and a start reads the rest of it into the cache. So reads hold what is unfolded
/// against the table, and a crash at any moment of a pass means that some of it is written again.
extension StoreWriter {
    /// Entries that a commit has written into the table.
    struct FoldedSlice {
        /// What the pass was before.
        let pass: FoldPass
        let keys: ArraySlice<UnfoldedKey>
        /// Where each is in the table now.
        var rows: [Int64?] = []
        /// When the pass is through: everything up to here is in the table.
        var revision: UInt64?
    }

    /// Called once, before anything else: what the log has and the table perhaps not.
    func recallUnfolded() throws(SQLiteError) {
        try log.forEach(after: state.folded) { record throws(SQLiteError) in
            let change = try record.change(coder)
            source.cache.insert(
                change.key,
                EntryCache.Version(
                    entry: change.entry.map(source.reader.opening.current), revision: change.revision, row: nil))
            return true
        }
        source.cache.publish(position.revision)
    }

    var hasUnfolded: Bool { source.cache.unfoldedCount > 0 }

    var isFolding: Bool { folding != nil || mustFold }

    /// As part of a commit: folds some entries, if it is time to.
    ///
    /// - Parameters:
    ///   - isUrgent: the log cannot be compacted before.
    ///   - transactions: what the commit has of its own.
    func foldSlice(isUrgent: Bool, beside transactions: Int) throws(SQLiteError) -> FoldedSlice? {
        guard folding != nil || isUrgent || mustFold || isFoldingDue else { return nil }
        let pass = folding ?? FoldPass(source.cache, at: position.revision)
        let least = foldLimits.leastEntries(beside: transactions, unfoldedBytes: source.cache.unfoldedBytes)
        let keys = pass.next(least, unfolded: source.cache.unfoldedCount)
        var slice = FoldedSlice(pass: pass, keys: keys)
        var bytes: [UInt8] = []
        for key in keys { slice.rows.append(try fold(key.key, &bytes)) }
        if pass.isLast(keys) { slice.revision = pass.revision }
        passes(.fold)
        return slice
    }

    /// After the commit.
    mutating func finishFolding(_ slice: FoldedSlice) {
        for (key, row) in zip(slice.keys, slice.rows) { source.cache.fold(key.key, row: row) }
        var pass = slice.pass
        pass.finish(slice.keys, unfolded: source.cache.unfoldedCount)
        folding = slice.revision == nil ? pass : nil
        if slice.revision != nil {
            source.cache.dropUnfolded(pass.keyCount)
            mustFold = false
        }
        passes(.folded)
    }

    private var isFoldingDue: Bool {
        position.revision - state.folded >= foldLimits.revisions
            || source.cache.unfoldedCount >= foldLimits.keys
            || source.cache.unfoldedBytes >= foldLimits.bytes
    }

    /// Returns the entry's row.
    private func fold(_ key: StoreKey, _ bytes: inout [UInt8]) throws(SQLiteError) -> Int64? {
        // The newest, which may be of this very commit.
        guard let version = source.cache.newest(key) else { return nil }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: key.namespace.name.utf8)
        let namespaceEnd = bytes.count
        bytes.append(contentsOf: key.key.utf8)
        let keyEnd = bytes.count
        if let entry = version.entry { coder.append(entry, to: &bytes) }
        return
            try bytes.withUnsafeBytes { bytes -> Result<Int64?, SQLiteError> in
                let namespace = UnsafeRawBufferPointer(rebasing: bytes[..<namespaceEnd])
                let key = UnsafeRawBufferPointer(rebasing: bytes[namespaceEnd..<keyEnd])
                return Result { () throws(SQLiteError) in
                    guard version.entry != nil else {
                        try entries.remove(namespace, key)
                        return nil
                    }
                    let entry = UnsafeRawBufferPointer(rebasing: bytes[keyEnd...])
                    return try entries.put(namespace, key, entry, row: version.row)
                }
            }
            .get()
    }
}
