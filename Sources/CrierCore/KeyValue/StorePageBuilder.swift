/// Collects a page, entry after entry, for a driver that reads its entries in order.
public struct StorePageBuilder {
    private let request: StoreListRequest
    private let position: StorePosition
    private var entries: [StoreEntry] = []
    private var bytes = 0
    private var hasMore = false

    /// - Parameter now: where the store stands; it counts for the first page only.
    public init(_ request: StoreListRequest, now: StorePosition) {
        self.request = request
        position = request.cursor?.position ?? now
    }

    /// False: the page was full, and the entry is the first of the next one.
    public mutating func append(_ entry: StoreEntry) -> Bool {
        guard entries.count < request.limit, bytes < KeyValueLimits.pageBytes else {
            hasMore = true
            return false
        }
        entries.append(entry)
        bytes += entry.byteCount
        return true
    }

    public func finish() -> StorePage {
        let next = hasMore ? entries.last.map { StoreCursor(after: $0.key, position: position) } : nil
        return StorePage(entries: entries, position: position, next: next)
    }
}
