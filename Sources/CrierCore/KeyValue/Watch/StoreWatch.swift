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

    public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let source: WatchSourceOwner

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
