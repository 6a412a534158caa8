/// Entries in the order of their keys: an array, since the reference is for reading rather than for size.
struct SortedEntries: EntryReader {
    private var entries: [StoreEntry] = []

    func entry(for key: StoreKey) -> StoreEntry? {
        let index = firstIndex(notBefore: key)
        guard index < entries.count, entries[index].key == key else { return nil }
        return entries[index]
    }

    func entries(in scope: StoreScope, limit: Int) -> [StoreEntry] {
        guard let namespace = scope.namespace else { return Array(entries.prefix(limit)) }
        let start = firstIndex(notBefore: namespace, scope.prefix)
        return Array(entries[start...].prefix { scope.contains($0.key) }.prefix(limit))
    }

    func page(_ request: StoreListRequest, now: StorePosition) -> StorePage {
        var page = StorePageBuilder(request, now: now)
        let scope = request.scope
        var start = scope.namespace.map { firstIndex(notBefore: $0, scope.prefix) } ?? 0
        if let after = request.cursor?.after { start = max(start, firstIndex(notBefore: after)) }
        for entry in entries[start...] where entry.key != request.cursor?.after {
            guard scope.contains(entry.key) else { break }
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
        firstIndex { $0 < key }
    }

    /// In front of the keys of a namespace that begin with the prefix.
    private func firstIndex(notBefore namespace: StoreNamespace, _ prefix: String) -> Int {
        firstIndex { key in
            key.namespace == namespace
                ? key.key.utf8.lexicographicallyPrecedes(prefix.utf8) : key.namespace < namespace
        }
    }

    private func firstIndex(behind isBefore: (StoreKey) -> Bool) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(entries[middle].key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
