import CrierGRPC
public import NIOCore
public import NIOPosix
import Synchronization

/// A namespace of the shared state in this process's memory, kept current by the gateway.
///
/// A read costs no round trip: it looks into a copy that a watch keeps up to date. A write goes to the gateway and is
/// durable when it returns; this process sees it at once, others within milliseconds.
///
///     try await DistributedMemory.with(MemoryConfiguration(namespace: "app-1")) { memory in
///         try await memory.put("task.progress", 40)
///         let progress = try memory.get("task.progress", as: Int.self)
///     }
///
/// When the gateway is away, reads go on and say how old they are (`age`, `read(_:)`), and writes fail with
/// `.unavailable`; or with `.indeterminate` where the answer was lost. The watch comes back by itself and goes on where
/// it stood, or reads everything again and tells subscribers the differences.
public final class DistributedMemory: Sendable {
    private struct State {
        var cache: MemoryCache
        /// When the gateway was last heard; nil: not yet.
        var heardAt: Duration?
        var isFollowing = false
        var end: KeyValueClientError?
        var inboxes: [ObjectIdentifier: MemoryInbox] = [:]
    }

    /// The calls behind it, on a connection of their own.
    public let client: KeyValueClient
    public var namespace: String { configuration.namespace }

    let configuration: MemoryConfiguration
    let clock: any ClientClock
    private let link: GatewayLink
    private let keeper: WatchKeeper
    private let state: Mutex<State>
    /// Raised when the cache has moved, and at the end.
    private let moved = Signal()

    /// Connects to nothing yet.
    /// - Throws: `.invalid` for no target or unusable TLS files.
    public init(
        _ configuration: MemoryConfiguration,
        clock: any ClientClock = SystemClock(),
        random: @escaping Randomness = systemRandomness,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) throws(KeyValueClientError) {
        self.configuration = configuration
        self.clock = clock
        do throws(CrierClientError) {
            // A gateway that restarts is found again as soon as the watch finds it.
            link = try GatewayLink(configuration.gateway, group: group, longestBackoff: Limits.watchBackoff.upperBound)
        } catch {
            throw KeyValueClientError(.invalid, error.message, cause: error)
        }
        client = KeyValueClient(link, timeout: configuration.timeout)
        keeper = WatchKeeper(
            gateway: configuration.gateway,
            namespace: configuration.namespace,
            silence: configuration.watchSilence,
            clock: clock,
            random: random,
            group: group
        )
        state = Mutex(
            State(cache: MemoryCache(namespace: configuration.namespace, maxBytes: configuration.maxBytes))
        )
    }

    /// Keeps the copy current until the task is cancelled. Call it once.
    /// - Throws: `.invalid` or `.denied` when the gateway refuses the namespace, `.tooLarge` when it does not fit.
    public func run() async throws(KeyValueClientError) {
        var end: KeyValueClientError?
        do throws(KeyValueClientError) {
            try await keeper.run { [self] news throws(KeyValueClientError) in try hear(news) }
        } catch {
            end = error
        }
        finish(end ?? KeyValueClientError(.unavailable, "the memory was stopped"))
        await link.close()
        if let end { throw end }
    }

    /// A memory for as long as `body` runs, loaded when it begins.
    /// - Parameter patience: How long loading may take; nil: as long as the configuration gives a call.
    /// - Throws: What `ready`, `run` and `body` throw.
    public static func with<Result: Sendable>(
        _ configuration: MemoryConfiguration,
        patience: Duration? = nil,
        _ body: (DistributedMemory) async throws -> Result
    ) async throws -> Result {
        let memory = try DistributedMemory(configuration)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await memory.run() }
            try await memory.ready(within: patience)
            let result = try await body(memory)
            group.cancelAll()
            return result
        }
    }

    /// Returns when everything was read for the first time.
    /// - Parameter patience: nil: as long as the configuration gives a call.
    /// - Throws: `.timedOut`; why `run()` ended; `.cancelled`.
    public func ready(within patience: Duration? = nil) async throws(KeyValueClientError) {
        try await wait(within: patience, "namespace \(namespace) is not loaded") { $0.position != nil }
    }

    /// Returns when the copy shows what the store held at `position`: what another process wrote there is visible here.
    /// - Parameter patience: nil: as long as the configuration gives a call.
    /// - Throws: `.timedOut`; `.epochChanged` when the store was restored since; why `run()` ended; `.cancelled`.
    public func waitUntil(
        _ position: KeyValuePosition,
        within patience: Duration? = nil
    ) async throws(KeyValueClientError) {
        try await wait(within: patience, "the copy has not reached \(position)") { cache in
            guard let own = cache.position else { return false }
            return own.epoch != position.epoch || own.revision >= position.revision
        }
        guard let own = self.position, own.epoch != position.epoch else { return }
        throw KeyValueClientError(.epochChanged, "\(position) is of another epoch than \(own)")
    }

    /// Returns when the copy is at least as new as the store was when this was called.
    /// - Throws: As `waitUntil`, and `.unavailable` when the gateway cannot be asked.
    public func refresh() async throws(KeyValueClientError) {
        let page = try await client.listKeys(in: namespace, limit: 1)
        try await waitUntil(page.position)
    }

    /// Every change from now on of the keys that begin with `prefix`.
    public func subscribe(prefix: String = "") -> MemorySubscription { subscribe(.prefix(prefix)) }

    /// Every change of one key from now on.
    public func watch(_ key: String) -> MemorySubscription { subscribe(.key(key)) }

    private func subscribe(_ interest: MemoryInbox.Interest) -> MemorySubscription {
        let inbox = MemoryInbox(interest, limit: max(1, configuration.subscriberEvents))
        let isOver = state.withLock { state in
            if state.end == nil { state.inboxes[ObjectIdentifier(inbox)] = inbox }
            return state.end != nil
        }
        if isOver { inbox.finish() }
        return MemorySubscription(
            registration: MemorySubscription.Registration(inbox) { [weak self] in self?.forget(inbox) }
        )
    }

    private func forget(_ inbox: MemoryInbox) {
        state.withLock { _ = $0.inboxes.removeValue(forKey: ObjectIdentifier(inbox)) }
    }

    // MARK: How current it is

    /// Where the copy stands; nil: nothing was loaded yet.
    public var position: KeyValuePosition? { state.withLock { $0.cache.position } }

    /// The gateway tells changes as they happen. False: it is away, and what is read here may be behind.
    public var isFollowing: Bool { state.withLock { $0.isFollowing } }

    /// How long ago the gateway was last heard, at most 10 seconds while it is there: the copy showed the store as it
    /// was then. Nil: nothing was loaded yet.
    public var age: Duration? {
        let now = clock.now
        return state.withLock { state in
            guard state.cache.position != nil else { return nil }
            return state.heardAt.map { now - $0 }
        }
    }

    // MARK: The copy

    /// - Throws: `.unavailable` when nothing was loaded yet: that is not the same as "no such key".
    @inline(__always)
    func look<Result>(_ body: (borrowing MemoryCache) -> Result) throws(KeyValueClientError) -> Result {
        let result = state.withLock { $0.cache.position == nil ? nil : body($0.cache) }
        guard let result else {
            throw KeyValueClientError(.unavailable, "namespace \(namespace) is not loaded yet")
        }
        return result
    }

    /// Shows writes of our own at once. Where that cannot be, waits for the gateway to tell them; they are written
    /// either way, so nothing is thrown.
    func show(_ changes: [KeyValueChange], at position: KeyValuePosition) async {
        if state.withLock({ $0.cache.note(changes, at: position) }) { return }
        try? await waitUntil(position, within: configuration.timeout)
    }

    // MARK: What the gateway tells

    private func hear(_ news: WatchKeeper.News) throws(KeyValueClientError) {
        switch news {
        case .began(let withSnapshot):
            if withSnapshot { state.withLock { $0.cache.beginLoading() } }
        case .event(let event): try hear(event)
        case .cut(let error, let pause):
            state.withLock { $0.isFollowing = false }
            configuration.onNews(.disconnected(error, retryIn: pause))
        }
    }

    private func hear(_ event: KeyValueWatchEvent) throws(KeyValueClientError) {
        let now = clock.now
        switch event {
        case .snapshot(let entries):
            try change { state throws(KeyValueClientError) in
                try state.cache.load(entries)
                return []
            }
        case .snapshotEnd(let position):
            try change { state in
                (state.heardAt, state.isFollowing) = (now, true)
                return state.cache.finishLoading(at: position)
            }
            configuration.onNews(.loaded(position, entries: state.withLock { $0.cache.count }))
        case .changes(let changes, let position):
            noteFollowing(now)
            try change { state throws(KeyValueClientError) in try state.cache.apply(changes, at: position) }
        case .progress(let position):
            // Before a snapshot's end it says nothing about what we hold.
            guard !state.withLock({ $0.cache.isLoading }) else { return }
            noteFollowing(now)
            try change { state in
                state.cache.advance(to: position)
                return []
            }
        case .reset(let reason):
            state.withLock { $0.isFollowing = false }
            configuration.onNews(.reset(reason))
        }
    }

    private func noteFollowing(_ now: Duration) {
        let isResumed = state.withLock { state in
            state.heardAt = now
            defer { state.isFollowing = true }
            return !state.isFollowing
        }
        if isResumed { configuration.onNews(.resumed) }
    }

    /// Changes the cache, then tells. Only the watch's task comes here, so subscribers hear everything in order.
    private func change(
        _ body: (inout State) throws(KeyValueClientError) -> [MemoryChange]
    ) throws(KeyValueClientError) {
        let (changes, inboxes) = try state.withLock { state throws(KeyValueClientError) in
            (try body(&state), Array(state.inboxes.values))
        }
        if !changes.isEmpty { for inbox in inboxes { inbox.put(changes) } }
        moved.raise()
    }

    private func finish(_ end: KeyValueClientError) {
        let inboxes = state.withLock { state in
            (state.end, state.isFollowing) = (end, false)
            defer { state.inboxes = [:] }
            return Array(state.inboxes.values)
        }
        for inbox in inboxes { inbox.finish() }
        moved.raise()
    }

    private func wait(
        within limit: Duration?,
        _ complaint: @autoclosure () -> String,
        until isTrue: (borrowing MemoryCache) -> Bool
    ) async throws(KeyValueClientError) {
        let patience = limit ?? configuration.timeout
        let deadline = clock.now + patience
        while true {
            let version = moved.version
            let (isDone, end) = state.withLock { (isTrue($0.cache), $0.end) }
            if isDone { return }
            if let end { throw end }
            if Task.isCancelled { throw KeyValueClientError(.cancelled, "the task was cancelled: \(complaint())") }
            let left = deadline - clock.now
            guard left > .zero else {
                throw KeyValueClientError(.timedOut, "\(complaint()) within \(patience)")
            }
            await moved.interrupting(after: version) { [clock] in try? await clock.sleep(for: left) }
        }
    }
}
