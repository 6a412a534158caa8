import CrierClient
import CrierCore
import Synchronization

/// What a benchmark sees of the registry through one node's change feed. Every revision is a transaction of the store
/// that changed something.
final class RegistryTally: Sendable {
    private struct State {
        var registered: Set<String> = []
        var removed: Set<String> = []
        /// Nanoseconds of the monotonic clock, for each revision.
        var revisions: [UInt64] = []
        var lastRegistered: UInt64 = 0
        var firstRemoved: UInt64 = 0
        var lastRemoved: UInt64 = 0
        var nodesGone: [String: UInt64] = [:]
        var isFollowing = false
    }

    private let prefix: String
    private let state = Mutex(State())

    /// - Parameter prefix: Of the clients that count.
    init(clients prefix: String) {
        self.prefix = RegistryReading.clientPrefix + prefix
    }

    var isFollowing: Bool { state.withLock { $0.isFollowing } }
    var registered: Int { state.withLock { $0.registered.count } }
    var removed: Int { state.withLock { $0.removed.count } }
    /// When the newest of the clients was registered.
    var lastRegistered: UInt64 { state.withLock { $0.lastRegistered } }
    /// When the first of them was removed, and when the last.
    var removals: (first: UInt64, last: UInt64) { state.withLock { ($0.firstRemoved, $0.lastRemoved) } }

    /// When the node's record went; nil while it is there.
    func gone(_ node: String) -> UInt64? { state.withLock { $0.nodesGone[node] } }

    /// Transactions since then.
    func transactions(since start: UInt64) -> Int { state.withLock { $0.revisions.count { $0 >= start } } }

    /// The most transactions that any one second had.
    func busiestSecond(since start: UInt64) -> Int {
        let moments = state.withLock { $0.revisions.filter { $0 >= start } }
        var (busiest, first) = (0, 0)
        for last in moments.indices {
            while moments[last] - moments[first] >= 1_000_000_000 { first += 1 }
            busiest = max(busiest, last - first + 1)
        }
        return busiest
    }

    /// Reads until the task is cancelled or the watch ends.
    func follow(_ link: GatewayLink) async throws {
        let watch = try await KeyValueClient(link).watch(RegistryReading.namespace)
        for try await event in watch {
            let now = monotonicNanoseconds()
            switch event {
            case .changes(let changes, _): note(changes, at: now)
            case .progress: state.withLock { $0.isFollowing = true }
            case .snapshot, .snapshotEnd, .reset: break
            }
        }
    }

    private func note(_ changes: [KeyValueChange], at now: UInt64) {
        state.withLock { state in
            state.revisions.append(now)
            for change in changes {
                if change.kind != .put, change.key.hasPrefix(RegistryReading.nodePrefix) {
                    state.nodesGone[String(change.key.dropFirst(RegistryReading.nodePrefix.count))] = now
                }
                guard change.key.hasPrefix(prefix) else { continue }
                if change.kind == .put {
                    state.registered.insert(change.key)
                    state.lastRegistered = now
                } else {
                    state.removed.insert(change.key)
                    if state.firstRemoved == 0 { state.firstRemoved = now }
                    state.lastRemoved = now
                }
            }
        }
    }
}

/// Waits for what a benchmark's cluster does by itself.
/// - Throws: `.deadlineExceeded` when it does not come within two minutes.
func benchAwaits(_ what: String, _ isTrue: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try await !isTrue() {
        guard ContinuousClock.now < deadline else {
            throw CrierClientError(.deadlineExceeded, "not within 120 s: \(what)")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
