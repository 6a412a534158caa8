import CrierCore

/// What the writer's plans read: the cache with what is not committed yet, and behind it the database.
struct EntrySource: ~Copyable {
    let reader: StoreReader
    let cache: EntryCache
    private let memo = Memo()

    private final class Memo {
        /// What went wrong below a `KeyValueError` that was thrown last.
        var error: SQLiteError?
        /// What was read last: a plan of one write stores what it has just read.
        var last: (key: StoreKey, found: EntryCache.Found)?
    }

    init(_ reader: consuming StoreReader, _ cache: EntryCache) {
        self.reader = reader
        self.cache = cache
    }

    /// A new plan begins: what was read for another may not be true any more.
    func forget() { memo.last = nil }

    /// Puts the key's next entry, or that there is none, into the cache.
    func store(_ entry: StoreEntry?, of key: StoreKey, _ revision: UInt64) {
        let found = if let last = memo.last, last.key == key { last.found } else { cache.find(key) }
        forget()
        cache.insert(
            key, EntryCache.Version(entry: entry, revision: revision, row: found?.version.row), at: found?.place)
    }

    /// A plan that fails because of the database, and not because of what it was asked: the whole batch fails then.
    func takeError() -> SQLiteError? { memo.error.take() }

    private func remembered(_ error: SQLiteError) -> KeyValueError {
        memo.error = error
        return KeyValueError(error)
    }
}

extension EntrySource: EntryReader {
    func entry(for key: StoreKey) throws(KeyValueError) -> StoreEntry? {
        if let found = cache.find(key) {
            memo.last = (key, found)
            return found.version.entry
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
