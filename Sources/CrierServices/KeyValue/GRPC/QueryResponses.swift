import CrierCore
import CrierMessages

/// What the store tells, as the contract has it.
extension ListResponse {
    /// As much of the page as fits into one message; the rest is the next page.
    init(_ page: StorePage, withValues: Bool, bytes: Int) {
        let fitting = page.entries[...]
            .fitting(bytes) {
                Entry.byteCount($0, withValue: withValues)
            }
        var next = page.next
        if fitting.count < page.entries.count, let last = fitting.last {
            next = StoreCursor(after: last.key, position: page.position)
        }
        self.init(
            entries: fitting.map { Entry($0, withValue: withValues) },
            nextCursor: next?.text ?? "",
            position: Position(page.position)
        )
    }
}

extension HistoryResponse {
    /// The newest changes that fit into one message.
    init(_ history: StoreHistory) {
        let fitting = history.changes[...].fitting(KeyValueServiceLimits.pageBytes, Change.byteCount)
        self.init(
            changes: fitting.map { Change($0, withPrevious: true) }, position: Position(history.position)
        )
    }
}

extension StatsResponse {
    init(_ statistics: StoreStatistics) {
        self.init(
            keys: UInt64(statistics.usage.keys),
            bytes: UInt64(statistics.usage.bytes),
            watchers: UInt64(statistics.watchers),
            hotKeys: statistics.hotKeys.map {
                HotKey(namespace: $0.key.namespace.name, key: $0.key.key, reads: $0.reads, writes: $0.writes)
            }
        )
    }
}

extension ListNamespacesResponse {
    init(_ listing: StoreNamespaceListing) {
        self.init(
            namespaces: listing.namespaces.map {
                Namespace(namespace: $0.namespace.name, keys: UInt64($0.usage.keys), bytes: UInt64($0.usage.bytes))
            },
            position: Position(listing.position)
        )
    }
}

extension Lease {
    init(_ lease: StoreLease) {
        self.init(leaseID: lease.id.rawValue, ttlMs: lease.milliseconds)
    }
}
