/// The last so many message ids: drops what a gateway sends again after a reconnect.
struct RecentIDs: Sendable {
    private var known: Set<String> = []
    private var ring: [String] = []
    private var oldest = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// False when it was there. An empty id is always new: old gateways give none.
    mutating func insert(_ id: String) -> Bool {
        guard !id.isEmpty else { return true }
        guard known.insert(id).inserted else { return false }
        if ring.count < limit {
            ring.append(id)
        } else {
            known.remove(ring[oldest])
            ring[oldest] = id
            oldest = (oldest + 1) % limit
        }
        return true
    }
}
