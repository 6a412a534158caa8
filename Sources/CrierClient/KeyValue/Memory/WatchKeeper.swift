import CrierGRPC
import NIOCore
import Synchronization

/// Keeps one watch going: snapshot first; after a loss it comes back and goes on where it stood; after a reset, or when
/// it can not go on, snapshot again. Each watch has a connection of its own: no listing can starve it.
///
///     snapshot ──► following ──(cut)──► pause ──► following, after the last position
///        ▲             │
///        └── pause ◄───┴─(reset)
struct WatchKeeper: Sendable {
    /// What happens to the watch.
    enum News: Sendable {
        /// A new watch begins; `withSnapshot`: everything is told again.
        case began(withSnapshot: Bool)
        case event(KeyValueWatchEvent)
        case cut(KeyValueClientError, retryIn: Duration)
    }

    /// An error from it ends the watch for good.
    typealias Listener = @Sendable (News) throws(KeyValueClientError) -> Void

    let gateway: GatewayConfiguration
    let namespace: String
    /// After so long without a word, a watch is dead.
    let silence: Duration
    let clock: any ClientClock
    let random: Randomness
    let group: any EventLoopGroup

    /// Runs until the task is cancelled.
    /// - Throws: What would be wrong again with the next attempt: `.invalid`, `.denied`, `.unsupported`, `.tooLarge`.
    func run(_ listener: @escaping Listener) async throws(KeyValueClientError) {
        var gateway = gateway
        // Whoever names several gateways wants them to share: each client begins at another.
        if gateway.targets.count > 1 {
            let first = Int(random() * Double(gateway.targets.count))
            gateway.targets = Array(gateway.targets[first...] + gateway.targets[..<first])
        }
        var backoff = Backoff(Limits.watchBackoff)
        var start = KeyValueWatchStart.snapshot
        while !Task.isCancelled {
            let session = WatchSession(keeper: self, start: start, listener: listener)
            let error = await session.run(gateway, group)
            if Task.isCancelled { return }
            if error.isFinal { throw error }
            start = session.next(after: error)
            if session.wasGood { backoff.reset() }
            let pause = backoff.next(random: random())
            try listener(.cut(error, retryIn: pause))
            guard (try? await clock.sleep(for: pause)) != nil else { return }
        }
    }
}

/// One watch on one connection.
private final class WatchSession: Sendable {
    private struct State {
        var position: KeyValuePosition?
        var isReset = false
        var wasGood = false
    }

    private let keeper: WatchKeeper
    private let start: KeyValueWatchStart
    private let listener: WatchKeeper.Listener
    private let state = Mutex(State())

    init(keeper: WatchKeeper, start: KeyValueWatchStart, listener: @escaping WatchKeeper.Listener) {
        self.keeper = keeper
        self.start = start
        self.listener = listener
    }

    /// It told something of use.
    var wasGood: Bool { state.withLock { $0.wasGood } }

    /// Where the next watch begins.
    func next(after error: KeyValueClientError) -> KeyValueWatchStart {
        let (position, isReset) = state.withLock { ($0.position, $0.isReset) }
        if isReset || error.code == .compacted || error.code == .epochChanged { return .snapshot }
        return position.map { .after($0) } ?? start
    }

    func run(_ gateway: GatewayConfiguration, _ group: any EventLoopGroup) async -> KeyValueClientError {
        let link: GatewayLink
        do throws(CrierClientError) {
            link = try GatewayLink(gateway, group: group)
        } catch {
            return KeyValueClientError(.invalid, error.message, cause: error)
        }
        let end = await listen(link)
        await link.close()
        return end
    }

    private func listen(_ link: GatewayLink) async -> KeyValueClientError {
        do throws(KeyValueClientError) {
            let client = KeyValueClient(link, timeout: KeyValueClient.defaultTimeout, watchSilence: keeper.silence)
            let watch = try await client.watch(keeper.namespace, from: start)
            try listener(.began(withSnapshot: start == .snapshot))
            var events = watch.makeAsyncIterator()
            while let event = try await events.next(isolation: nil) {
                note(event)
                try listener(.event(event))
                if case .reset(let reason) = event {
                    return KeyValueClientError(.unavailable, "the gateway reset the watch: \(reason.rawValue)")
                }
            }
            return KeyValueClientError(.unavailable, "the gateway ended the watch")
        } catch {
            return error
        }
    }

    private func note(_ event: KeyValueWatchEvent) {
        state.withLock { state in
            switch event {
            case .snapshot: break
            case .snapshotEnd(let position), .changes(_, let position):
                state.position = position
                state.wasGood = true
            case .progress(let position):
                // Before the snapshot's end, a position says nothing about what we hold.
                if start != .snapshot || state.position != nil { state.position = position }
                state.wasGood = true
            case .reset: state.isReset = true
            }
        }
    }
}

extension KeyValueClientError {
    /// The same attempt would fail the same way.
    fileprivate var isFinal: Bool {
        switch code {
        case .invalid, .denied, .unsupported, .tooLarge: true
        default: false
        }
    }
}
