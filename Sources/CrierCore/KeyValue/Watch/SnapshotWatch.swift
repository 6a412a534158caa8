/// What is there, and then every change: over any store. The registry, the caches of the SDK and Server-Sent Events
/// stand on it.
///
/// Pages of entries, one `snapshotEnd`, then changes and bookmarks as a `StoreWatch` gives them. Whoever applies all of
/// it holds what a list would say at the last revision that was heard, once that is not older than the entries of the
/// snapshot: what changed while its pages were read shows in some of them and not in others. Let go of, it ends.
public struct SnapshotWatch: AsyncSequence, Sendable {
    public enum Event: Sendable, Equatable {
        /// Entries in the order of their keys, never empty.
        case entries([StoreEntry])
        /// That was all; a watch that begins after this position misses nothing. Entries may be newer than it.
        case snapshotEnd(StorePosition)
        /// The changes of one revision, without those that the snapshot has shown already.
        case changes(StoreChangeSet)
        /// Nothing happened up to here.
        case progress(StorePosition)
        /// The last event: what was heard is out of date, and a new snapshot is needed.
        case reset(StoreReset)
    }

    private let store: any KeyValueStore
    private let scope: StoreScope
    private let pageEntries: Int

    /// - Parameter pageEntries: brought into 1 to `KeyValueLimits.maximumPageEntries`.
    public init(
        _ store: any KeyValueStore,
        _ scope: StoreScope,
        pageEntries: Int = KeyValueLimits.defaultPageEntries
    ) {
        self.store = store
        self.scope = scope
        self.pageEntries = pageEntries
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(store: store, request: StoreListRequest(scope, limit: pageEntries))
    }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private enum Phase {
            case listing(StoreListRequest)
            case listed
            case watching
            case ended
        }

        private let store: any KeyValueStore
        private var phase: Phase
        private var watch: StoreWatch.Iterator?
        private var start: StorePosition?
        private var shown = ShownEntries()

        fileprivate init(store: any KeyValueStore, request: StoreListRequest) {
            self.store = store
            phase = .listing(request)
        }

        /// From `snapshotEnd` on, what follows for a reader on an event loop; nil before it, and after the last event.
        public var live: LiveWatch? {
            guard case .watching = phase, let watch else { return nil }
            return LiveWatch(watch.watch, after: shown)
        }

        /// The next event; nil after a reset, or when the task is cancelled. Throws what the store's `list` and `watch`
        /// throw, besides `compacted` and `epochChanged`, which are resets.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(KeyValueError) -> Event? {
            try await nextEvent()
        }

        public mutating func next() async throws(KeyValueError) -> Event? {
            try await nextEvent()
        }

        private mutating func nextEvent() async throws(KeyValueError) -> Event? {
            while !Task.isCancelled {
                switch phase {
                case .ended: return nil
                case .listed: return snapshotEnd()
                case .watching:
                    if let event = await heard() { return event }
                case .listing(let request):
                    do throws(KeyValueError) {
                        if let event = try await page(request) { return event }
                    } catch {
                        return try reset(error)
                    }
                }
            }
            return nil
        }

        private mutating func page(_ request: StoreListRequest) async throws(KeyValueError) -> Event? {
            let page = try await store.list(request)
            if watch == nil {
                // Before the next page is read: the log must not be cut between the first page and the watch.
                watch = try await store.watch(request.scope, after: page.position).makeAsyncIterator()
                start = page.position
            }
            shown.add(page)
            phase = .listed
            if let next = page.next {
                phase = .listing(StoreListRequest(request.scope, limit: request.limit, cursor: next))
            }
            return page.entries.isEmpty ? nil : .entries(page.entries)
        }

        private mutating func snapshotEnd() -> Event? {
            phase = .watching
            return start.map(Event.snapshotEnd)
        }

        /// nil: nothing of it is new to the reader, or there is nothing more.
        private mutating func heard() async -> Event? {
            do throws(StoreReset) {
                switch try await watch?.next() {
                case .changes(let set): return shown.news(in: set).map(Event.changes)
                case .progress(let position): return .progress(position)
                case nil: phase = .ended
                }
            } catch {
                phase = .ended
                return .reset(error)
            }
            return nil
        }

        private mutating func reset(_ error: KeyValueError) throws(KeyValueError) -> Event {
            phase = .ended
            switch error.code {
            case .compacted: return .reset(.compacted)
            case .epochChanged: return .reset(.epochChanged)
            default: throw error
            }
        }
    }
}

/// Entries of a snapshot that are newer than its position: the watch will tell of them again, and of what happened to
/// them in between.
struct ShownEntries {
    private var revisions: [StoreKey: UInt64] = [:]
    private var newest: UInt64 = 0

    mutating func add(_ page: StorePage) {
        for entry in page.entries where entry.revision > page.position.revision {
            revisions[entry.key] = entry.revision
            newest = max(newest, entry.revision)
        }
    }

    /// The changes that the snapshot has not shown; nil when there are none.
    mutating func news(in set: StoreChangeSet) -> StoreChangeSet? {
        if revisions.isEmpty { return set }
        if set.position.revision > newest {
            revisions = [:]
            return set
        }
        return set.filtered { $0.revision > revisions[$0.key] ?? 0 }
    }
}
