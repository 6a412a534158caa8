/// What a watcher hears.
public enum StoreWatchEvent: Sendable, Equatable {
    /// All changes of one revision that are in the watch's scope.
    case changes(StoreChangeSet)
    /// Nothing in the scope happened up to here. A watcher that hears nothing for long is dead.
    case progress(StorePosition)

    public var position: StorePosition {
        switch self {
        case .changes(let set): set.position
        case .progress(let position): position
        }
    }
}

/// Why a watch ended: whoever watched must list again, and watch from there.
public enum StoreReset: Error, Sendable, Equatable {
    /// The watcher was so far behind that the log no longer reaches back to it.
    case compacted
    /// The store's epoch changed.
    case epochChanged
    /// The store shut down.
    case closed
}

/// Changes in the order of their revisions: without a gap, without duplicates, all of one revision together. It ends
/// only by throwing a `StoreReset`, or with nil when the task that reads it is cancelled.
///
/// One reader at a time. A slow reader costs a bounded amount of memory: beyond it, the watch goes on from the store's
/// log. Letting go of the watch ends it.
public struct StoreWatch: AsyncSequence, Sendable {
    private let source: WatchSourceOwner

    public init(_ source: any StoreWatchSource) {
        self.source = WatchSourceOwner(source)
    }

    private init(_ source: WatchSourceOwner) {
        self.source = source
    }

    public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    /// The same changes for a reader on an event loop. Either this or an iterator is read, never both.
    public var live: LiveWatch { LiveWatch(self) }

    func poll(orElse notify: @escaping @Sendable () -> Void) -> StoreWatchPoll { source.source.poll(orElse: notify) }

    func catchUp() async { await source.source.catchUp() }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        fileprivate let source: WatchSourceOwner

        var watch: StoreWatch { StoreWatch(source) }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(StoreReset) -> StoreWatchEvent? {
            try await source.source.next()
        }

        public mutating func next() async throws(StoreReset) -> StoreWatchEvent? {
            try await source.source.next()
        }
    }
}

/// What a driver puts behind a `StoreWatch`.
public protocol StoreWatchSource: AnyObject, Sendable {
    /// The next event; nil when the calling task is cancelled.
    func next() async throws(StoreReset) -> StoreWatchEvent?

    /// The next event if it is there. With `waiting`, `notify` is called once when it is worth asking again, on any
    /// thread; it must not wait, nor ask by itself.
    func poll(orElse notify: @escaping @Sendable () -> Void) -> StoreWatchPoll

    /// After `behind`: reads on in the log, so that polling goes on.
    func catchUp() async

    /// Nobody will ask again.
    func cancel()
}

/// Ends the source when the last copy of the watch is gone.
private final class WatchSourceOwner: Sendable {
    let source: any StoreWatchSource

    init(_ source: any StoreWatchSource) {
        self.source = source
    }

    deinit { source.cancel() }
}
