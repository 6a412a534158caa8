/// Entries in the order of their keys: an array, since the reference is for reading rather than for size.
struct SortedEntries: EntryReader {
    private var entries: [StoreEntry] = []

    func entry(for key: StoreKey) -> StoreEntry? {
        let index = firstIndex(notBefore: key)
        guard index < entries.count, entries[index].key == key else { return nil }
        return entries[index]
    }

    func entries(in scope: StoreScope, limit: Int) -> [StoreEntry] {
        Array(entries.lazy.filter { scope.contains($0.key) }.prefix(limit))
    }

    func page(_ request: StoreListRequest, now: StorePosition) -> StorePage {
        var page = StorePageBuilder(request, now: now)
        let start = request.cursor.map { firstIndex(notBefore: $0.after) } ?? 0
        for entry in entries[start...] where entry.key != request.cursor?.after && request.scope.contains(entry.key) {
            guard page.append(entry) else { break }
        }
        return page.finish()
    }

    mutating func apply(_ change: StoreChange) {
        let index = firstIndex(notBefore: change.key)
        let isPresent = index < entries.count && entries[index].key == change.key
        switch (change.entry, isPresent) {
        case (let entry?, true): entries[index] = entry
        case (let entry?, false): entries.insert(entry, at: index)
        case (nil, true): entries.remove(at: index)
        case (nil, false): break
        }
    }

    private func firstIndex(notBefore key: StoreKey) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
