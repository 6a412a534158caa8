import CrierCore
import CrierMessages
import Synchronization

/// The one watch of etcd that all watchers of this process share: a connection of its own, so that no large answer
/// keeps changes waiting.
///
/// Watchers that are a little behind are given what the hub remembers; those that are far behind read etcd's history
/// (`EtcdLog`) until the hub remembers what follows.
final class EtcdHub: Sendable {
    private struct State {
        var epoch: UInt64
        /// Everything of ours up to here was told.
        var heard: UInt64
        /// The last revision at which something of ours happened, as far as we heard; 0: nothing since the start.
        var lastEvent: UInt64 = 0
        var recent: RecentChanges
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
        /// Cancels the watch.
        var cancel: (@Sendable () -> Void)?

        mutating func takeReady() -> [Waiter] {
            guard !waiters.isEmpty else { return [] }
            let ready = waiters.filter { $0.value.revision <= heard }
            for id in ready.keys { waiters[id] = nil }
            return Array(ready.values)
        }
    }

    private struct Waiter {
        let revision: UInt64
        let resume: CheckedContinuation<Void, Never>
    }

    let feed: ChangeFeed
    private let cluster: EtcdCluster
    private let connection: EtcdConnection
    private let leases: EtcdLeases
    private let onHeard: @Sendable (UInt64) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - start: where the store stands.
    ///   - onHeard: told of each revision that is new, on the hub's task.
    init(
        _ cluster: EtcdCluster,
        _ connection: EtcdConnection,
        _ leases: EtcdLeases,
        _ feed: ChangeFeed,
        start: StorePosition,
        onHeard: @escaping @Sendable (UInt64) -> Void
    ) {
        self.cluster = cluster
        self.connection = connection
        self.leases = leases
        self.feed = feed
        self.onHeard = onHeard
        state = Mutex(
            State(epoch: start.epoch, heard: start.revision, recent: RecentChanges(after: start.revision))
        )
    }

    /// Everything of ours up to here was told to the watchers.
    var heard: UInt64 { state.withLock { $0.heard } }

    /// A revision of which a watch from before it surely hears, since something of ours happened; 0: none is known.
    var lastEvent: UInt64 { state.withLock { $0.lastEvent } }

    // MARK: Watchers

    /// Gives a watcher what it lacks, and every change from now on; or ends it, when the store is another one. False:
    /// what it lacks is further back.
    func attach(_ subscription: ChangeSubscription, after position: StorePosition) -> Bool {
        state.withLock { state in
            guard state.epoch == position.epoch else {
                subscription.end(.epochChanged)
                return true
            }
            guard let sets = state.recent.sets(after: position.revision) else { return false }
            subscription.load(sets, through: max(state.heard, position.revision), complete: true)
            return true
        }
    }

    /// Tells watchers that wait where the store is.
    func announce() {
        state.withLock { feed.announce(StorePosition(epoch: $0.epoch, revision: $0.heard)) }
    }

    /// Returns when everything of ours up to `revision` was told; false: not in time.
    func reach(_ revision: UInt64, within time: Duration) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(for: revision) }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
        return heard >= revision
    }

    private func wait(for revision: UInt64) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.heard >= revision || Task.isCancelled { return true }
                    state.waiters[id] = Waiter(revision: revision, resume: continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume.resume()
        }
    }

    // MARK: The watch

    /// Listens until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let member = connection.member
            do throws(KeyValueError) {
                try await beginAnewIfReplaced()
                try await listen()
            } catch {
                if error.code == .compacted {
                    await beginAnew(.compacted)
                } else {
                    connection.moveOn(from: member)
                }
                try? await Task.sleep(for: error.code == .denied ? EtcdLimits.deniedPause : EtcdLimits.retryPause)
            }
        }
    }

    /// The watch is to begin anew: it is silent, or the store is another one.
    func restart() {
        state.withLock { $0.cancel }?()
    }

    private func listen() async throws(KeyValueError) {
        let identity = cluster.identity
        var changes = EtcdChangeReader(cluster, leases, remembering: EtcdLimits.previousBytes, seesNotes: true)
        do throws(EtcdFailure) {
            let start = heard
            let stream = try await EtcdWatchStream.open(connection, cluster.layout.everything, from: start + 1)
            state.withLock { [cancel = stream.cancel] in $0.cancel = cancel }
            var isBegun = false
            while true {
                let news = try await stream.next()
                do throws(KeyValueError) {
                    try await checkIdentity(news, identity)
                    if news.events.isEmpty, news.header.revision < Int64(clamping: start) { try await checkRevision() }
                    // Where etcd is compacted already, something may be missing that it says nothing of (etcd#19179).
                    if !isBegun { try await cluster.checkReadable(start) }
                    isBegun = true
                    publish(try await changes.sets(news.events, epoch: identity.epoch), news)
                } catch {
                    throw EtcdFailure(error.code == .compacted ? .compacted : .notDone, error.message)
                }
            }
        } catch {
            throw KeyValueError(error, isWrite: false)
        }
    }

    private func checkIdentity(
        _ news: EtcdWatchStream.News, _ identity: EtcdCluster.Identity
    ) async throws(KeyValueError) {
        let isSame =
            news.header.clusterID == identity.clusterID
            && !news.events.contains { event in
                event.keyValue?.key == cluster.layout.epoch && event.keyValue?.modRevision != identity.epochRevision
            }
        if !isSame { try await cluster.identifyAnew(wentBack: false, from: identity) }
        guard isSame, cluster.identity == identity else {
            throw KeyValueError(.unavailable, "the store was replaced by another one")
        }
    }

    /// A member that stands further back than we have heard lags behind, or all of the store went back; a linearizable
    /// answer tells, and the cluster finds out what it is now.
    private func checkRevision() async throws(KeyValueError) {
        _ = try await cluster.ask(EtcdMethods.range, Etcd.RangeRequest(key: cluster.layout.epoch, keysOnly: true))
    }

    private func publish(_ sets: [StoreChangeSet], _ news: EtcdWatchStream.News) {
        guard let last = news.events.last?.keyValue?.modRevision else { return }
        let revision = UInt64(bitPattern: last)
        let ready = state.withLock { state in
            state.heard = max(state.heard, revision)
            state.lastEvent = state.heard
            for set in sets { state.recent.append(set) }
            // Under the lock: a watcher that is attached meanwhile gets each set once.
            feed.publish(sets)
            return state.takeReady()
        }
        for waiter in ready { waiter.resume.resume() }
        onHeard(revision)
    }

    // MARK: Beginning anew

    private func beginAnewIfReplaced() async throws(KeyValueError) {
        if state.withLock({ $0.epoch }) != cluster.identity.epoch { await beginAnew(.epochChanged) }
    }

    /// Ends all watches: between what they heard and what comes there is a gap.
    private func beginAnew(_ reset: StoreReset) async {
        let read = Etcd.RangeRequest(key: cluster.layout.epoch, keysOnly: true)
        guard let now = try? await cluster.ask(EtcdMethods.range, read).position else { return }
        let ready = state.withLock { state in
            state.epoch = now.epoch
            state.heard = now.revision
            state.lastEvent = 0
            state.recent = RecentChanges(after: now.revision)
            feed.reset(reset)
            return state.takeReady()
        }
        for waiter in ready { waiter.resume.resume() }
    }
}
