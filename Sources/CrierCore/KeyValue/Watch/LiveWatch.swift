/// What a reader that cannot wait hears of a watch.
public enum StoreWatchPoll: Sendable, Equatable {
    case event(StoreWatchEvent)
    /// Nothing yet.
    case waiting
    /// What comes next is in the log, and `catchUp` must read it.
    case behind
    /// The last that is heard.
    case ended(StoreReset)
}

/// A watch for readers on an event loop: it is polled, and costs no task while nothing happens.
///
/// One reader at a time. What the reader leaves unread is bounded as `StoreWatch` says.
public struct LiveWatch: Sendable {
    private let watch: StoreWatch
    private var shown: ShownEntries

    init(_ watch: StoreWatch, after shown: ShownEntries = ShownEntries()) {
        self.watch = watch
        self.shown = shown
    }

    /// The next event if it is there. With `waiting`, `notify` is called once when it is worth asking again, on any
    /// thread; it must not wait, nor ask by itself.
    public mutating func poll(orElse notify: @escaping @Sendable () -> Void) -> StoreWatchPoll {
        while true {
            let poll = watch.poll(orElse: notify)
            guard case .event(.changes(let set)) = poll else { return poll }
            if let news = shown.news(in: set) { return .event(.changes(news)) }
        }
    }

    /// After `behind`: reads on in the log, so that polling goes on.
    public func catchUp() async { await watch.catchUp() }
}
