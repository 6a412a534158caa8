import CrierClient

/// A namespace's entries, page by page.
struct EntryPages {
    let store: KeyValueClient
    let namespace: String
    let prefix: String
    /// So many at most; nil: all.
    let limit: Int?

    init(_ store: KeyValueClient, namespace: String, prefix: String, limit: Int? = nil) {
        (self.store, self.namespace, self.prefix, self.limit) = (store, namespace, prefix, limit)
    }

    /// Calls `body` for each page in order.
    func forEach(_ body: ([KeyValueEntry]) async throws -> Void) async throws {
        try await walk { count, cursor in
            let page = try await store.list(in: namespace, prefix: prefix, limit: count, cursor: cursor)
            try await body(page.entries)
            return (page.entries.count, page.nextCursor)
        }
    }

    /// The same without the values.
    func forEachKeys(_ body: ([KeyValueKeysPage.Key]) async throws -> Void) async throws {
        try await walk { count, cursor in
            let page = try await store.listKeys(in: namespace, prefix: prefix, limit: count, cursor: cursor)
            try await body(page.keys)
            return (page.keys.count, page.nextCursor)
        }
    }

    private func walk(_ page: (Int, String?) async throws -> (count: Int, next: String?)) async throws {
        var left = limit ?? .max
        var cursor: String?
        repeat {
            let read = try await page(min(left, KeyValueToolLimits.pageEntries), cursor)
            (left, cursor) = (left - read.count, read.next)
        } while left > 0 && cursor != nil
    }
}
