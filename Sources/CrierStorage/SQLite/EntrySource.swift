import CrierCore

/// What the writer's plans read: the cache with what is not committed yet, and behind it the database.
struct EntrySource: ~Copyable {
    let reader: StoreReader
    let cache: EntryCache
    private let memo = Memo()

    private final class Memo {
        /// What went wrong below a `KeyValueError` that was thrown last.
        var error: SQLiteError?
        /// Where the entry is that was read last: a plan of one write stores what it has just read.
        var last: (key: StoreKey, row: Int64?)?
    }

    init(_ reader: consuming StoreReader, _ cache: EntryCache) {
        self.reader = reader
        self.cache = cache
    }

    /// Where the key's entry is in its table, if that is known.
    func row(of key: StoreKey) -> Int64? {
        if let last = memo.last, last.key == key { return last.row }
        return cache.newest(key)?.row
    }

    /// What was read is no longer as it was.
    func changed() { memo.last = nil }

    /// A plan that fails because of the database, and not because of what it was asked: the whole batch fails then.
    func takeError() -> SQLiteError? { memo.error.take() }

    private func remembered(_ error: SQLiteError) -> KeyValueError {
        memo.error = error
        return KeyValueError(error)
    }
}

extension EntrySource: EntryReader {
    func entry(for key: StoreKey) throws(KeyValueError) -> StoreEntry? {
        if let version = cache.newest(key) {
            memo.last = (key, version.row)
            return version.entry
        }
        do throws(SQLiteError) {
            let found = try reader.row(key)
            let visible = cache.visibleRevision
            // An entry of this very batch is not for readers yet, and whether an absent one is, is not known.
            if let found, found.entry.revision <= visible {
                cache.fill(key, found.entry, row: found.row, readAt: visible)
            }
            return found?.entry
        } catch {
            throw remembered(error)
        }
    }

    func entries(in scope: StoreScope, limit: Int) throws(KeyValueError) -> [StoreEntry] {
        var found: [StoreEntry] = []
        do throws(SQLiteError) {
            // With what is not committed yet.
            let unfolded = cache.unfolded(in: scope, from: nil, at: .max)
            try reader.forEach(in: scope, from: nil, over: unfolded) { entry in
                found.append(entry)
                return found.count < limit
            }
        } catch {
            throw remembered(error)
        }
        return found
    }
}
