/// Lists and watches of all namespaces, narrowed to those that the caller may read.
extension CallerStore {
    func listAll(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        try checkSome(.read)
        if allows(.read, nil) { return shown(try await access.store.list(request)) }
        return try await listReadable(request)
    }

    /// A page holds entries of one namespace: what a cursor names is then always something that was shown.
    private func listReadable(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        let listing = try await namespaces()
        let begun = request.cursor?.after.namespace
        let position = request.cursor?.position ?? listing.position
        // The position of a cursor is judged by the driver, also when there is nothing to list any more.
        try position.validate(asPageOf: listing.position)
        let rooms = listing.namespaces.map(\.namespace).filter { room in begun.map { room >= $0 } ?? true }
        for room in rooms {
            let cursor = room == begun ? request.cursor : nil
            let page = try await access.store.list(
                StoreListRequest(StoreScope(room, prefix: request.scope.prefix), limit: request.limit, cursor: cursor)
            )
            guard let last = page.entries.last else { continue }
            let isAll = page.next == nil && room == rooms.last
            let next = isAll ? nil : StoreCursor(after: last.key, position: position)
            return shown(StorePage(entries: page.entries, position: position, next: next))
        }
        return StorePage(entries: [], position: position, next: nil)
    }
}

/// A watch without what its caller may not see.
final class CallerWatchSource: StoreWatchSource {
    private let watch: StoreWatch
    private let store: CallerStore

    init(_ watch: StoreWatch, _ store: CallerStore) {
        self.watch = watch
        self.store = store
    }

    func next() async throws(StoreReset) -> StoreWatchEvent? {
        var iterator = watch.makeAsyncIterator()
        while let event = try await iterator.next() {
            if let event = shown(event) { return event }
        }
        return nil
    }

    func poll(orElse notify: @escaping @Sendable () -> Void) -> StoreWatchPoll {
        while true {
            let poll = watch.poll(orElse: notify)
            guard case .event(let event) = poll else { return poll }
            if let event = shown(event) { return .event(event) }
        }
    }

    func catchUp() async { await watch.catchUp() }

    /// The watch ends when this lets go of it.
    func cancel() {}

    private func shown(_ event: StoreWatchEvent) -> StoreWatchEvent? {
        guard case .changes(let set) = event else { return event }
        return store.shown(set).map(StoreWatchEvent.changes)
    }
}
