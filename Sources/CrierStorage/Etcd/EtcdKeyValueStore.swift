public import CrierCore
import CrierGRPC
import CrierMessages
public import NIOCore
import Synchronization

/// The key-value store in an etcd cluster, shared by all gateways that use the same prefix of it.
///
/// Revisions are etcd's, entries are keys of etcd (docs/etcd.md). What a write answered is on the disks of a majority
/// of the members. Transactions that are submitted one after the other may be done in any order unless the first was
/// answered before the second was submitted. It must be closed.
public final class EtcdKeyValueStore: KeyValueStore {
    let cluster: EtcdCluster
    let hub: EtcdHub
    let log: EtcdLog
    let leases: EtcdLeases
    let compactor: EtcdCompactor
    let tasks = OwnedTasks()
    let timer: MonotonicClock
    let announceInterval: Duration
    /// The newest revision that was written from here.
    let written = Mutex<UInt64>(0)
    private let transactor: EtcdTransactor
    private let connections: [EtcdConnection]

    /// Connects, and makes the store when there is none below the prefix yet.
    ///
    /// - Parameters:
    ///   - group: whose loops carry the connections.
    ///   - clock: what `updatedAt` and `expiresAt` are read from.
    ///   - timer: what the spare time of leases is measured by; etcd measures the leases themselves.
    ///
    /// Throws `StorageError` `unavailable`: no member can be reached, none lets us in, or TLS files cannot be used.
    public static func open(
        _ settings: EtcdStoreSettings,
        group: any EventLoopGroup,
        clock: WallClock = .system,
        timer: MonotonicClock = .system
    ) async throws(StorageError) -> EtcdKeyValueStore {
        let names = settings.endpoints.map(\.description).joined(separator: ",")
        do {
            let connections = try (0..<3).map { _ in try EtcdConnection(settings, group: group) }
            do {
                let layout = EtcdLayout(prefix: settings.prefix)
                let cluster = try await EtcdCluster.identify(connections[0], layout)
                let start = try await cluster.ask(EtcdMethods.range, Etcd.RangeRequest(key: layout.epoch)).position
                let store = EtcdKeyValueStore(cluster, connections, settings, start, clock, timer)
                store.start()
                return store
            } catch {
                for connection in connections { await connection.shutdown() }
                throw error
            }
        } catch {
            throw StorageError(.unavailable, "etcd at \(names) cannot be used: \(error)")
        }
    }

    private init(
        _ cluster: EtcdCluster,
        _ connections: [EtcdConnection],
        _ settings: EtcdStoreSettings,
        _ start: StorePosition,
        _ clock: WallClock,
        _ timer: MonotonicClock
    ) {
        self.cluster = cluster
        self.connections = connections
        self.timer = timer
        announceInterval = settings.announceInterval
        let leases = EtcdLeases(cluster)
        let compactor = EtcdCompactor(
            cluster, revisions: settings.retainedRevisions, milliseconds: settings.retainedMilliseconds
        )
        self.leases = leases
        self.compactor = compactor
        transactor = EtcdTransactor(cluster, leases, EtcdTimedLeases(leases, timer), settings.quotas, clock)
        log = EtcdLog(cluster, connections[2], leases)
        let tasks = self.tasks
        hub = EtcdHub(cluster, connections[1], leases, ChangeFeed(), start: start) { heard in
            guard compactor.begin(heard) else { return }
            _ = tasks.start { await compactor.run(heard) }
        }
    }

    private func start() {
        let hub = self.hub
        // The hub knows the cluster, and the cluster nobody.
        cluster.onChange { [weak hub] in hub?.restart() }
        _ = tasks.start { await hub.run() }
        // Until `close`, which is what ends it.
        _ = tasks.start { await self.keepHouse() }
    }

    /// Watches that are open.
    public var watcherCount: Int { hub.feed.watcherCount }

    /// Revisions in etcd's history that need not be there any more.
    public var compactionLag: Int { compactor.lag(hub.heard) }

    /// Ends every watch once it has heard what was written from here, and the connections. Later requests are refused
    /// as unavailable.
    public func close() async {
        _ = await hub.reach(written.withLock { $0 }, within: EtcdLimits.echoTimeout)
        hub.feed.close(.closed)
        await tasks.end()
        for connection in connections { await connection.shutdown() }
    }

    // MARK: Reads

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        let found = try await cluster.range(key, serializable: consistency == .stale)
        return StoreRead(entry: found.answer, position: found.position)
    }

    /// Always nil: only etcd knows what is newest.
    public func immediateRead(of key: StoreKey) -> StoreRead? { nil }

    public func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead {
        // etcd takes 0 for the newest; nothing is there at 1, its first.
        let found = try await cluster.range(key, at: max(revision, 1))
        return StoreRead(entry: found.answer, position: found.position)
    }

    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        let range =
            request.cursor.map { cluster.layout.range(request.scope, after: $0.after) }
            ?? cluster.layout.range(request.scope)
        if let epoch = request.cursor?.position.epoch, epoch != cluster.identity.epoch {
            throw KeyValueError(
                .epochChanged,
                "position \(request.cursor?.position.description ?? "") is of another epoch: the store is in "
                    + "\(cluster.identity.epoch)"
            )
        }
        var reader = EtcdRangeReader(cluster, range, isPinned: false)
        // One more than the page holds says whether there is a next one.
        var wanted = request.limit + 1
        var entries = try await reader.next(limit: wanted)
        let now = reader.position ?? StorePosition(epoch: cluster.identity.epoch, revision: 0)
        try request.cursor?.position.validate(asPageOf: now)
        var page = StorePageBuilder(request, now: now)
        while let some = entries {
            guard some.allSatisfy({ page.append($0) }) else { break }
            wanted -= some.count
            guard wanted > 0 else { break }
            entries = try await reader.next(limit: wanted)
        }
        return page.finish()
    }

    // MARK: Writes

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        let isStarted = tasks.start { [self] in
            do throws(KeyValueError) {
                let outcome = try await transactor.perform(transaction)
                if !outcome.changes.isEmpty { written.withLock { $0 = max($0, outcome.position.revision) } }
                completion(.success(outcome))
            } catch {
                completion(.failure(error))
            }
        }
        if !isStarted { completion(.failure(KeyValueError(.unavailable, "the store is closed"))) }
    }

    /// Always `unavailable`: etcd's own snapshots hold everything.
    public func backup() async throws(KeyValueError) -> any StoreBackup {
        throw KeyValueError(.unavailable, "etcd makes its own backups: etcdctl snapshot save FILE")
    }
}
