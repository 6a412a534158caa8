public import CrierCore
import CrierGRPC
import CrierMessages
public import Logging
public import NIOCore

/// The store of another gateway, used through its `KeyValueService`: a cluster of a few nodes without a store of its
/// own.
///
/// The other gateway decides everything, and is a single point for the state. Its changes are followed once, on a
/// connection of their own, for all watchers of this process: `run()` does that, and without it no watch hears
/// anything. Reads ask the other gateway each time, `stale` ones included: nothing is answered here that it did not
/// say.
public final class RemoteKeyValueStore: KeyValueStore {
    private let calls: StoreCalls
    private let watchCalls: StoreCalls
    private let relay = ChangeRelay()
    private let logger: Logger
    private let silence: Duration
    private let leaseTimeout: Duration

    /// Connects to nothing yet.
    ///
    /// - Parameter group: whose loops carry the two connections.
    public init(_ settings: RemoteStoreSettings, group: any EventLoopGroup, logger: Logger) {
        func makeCalls() -> StoreCalls {
            StoreCalls(
                GRPCChannel(targets: [settings.target], configuration: settings.tuned, group: group),
                settings.metadata,
                timeout: settings.callTimeout
            )
        }
        calls = makeCalls()
        watchCalls = makeCalls()
        self.logger = logger
        silence = settings.silence
        leaseTimeout = settings.leaseTimeout
    }

    /// Follows the other gateway's changes until the task is cancelled. Once.
    public func run() async {
        await LogFollower(calls: watchCalls, relay: relay, logger: logger, silence: silence).run()
    }

    /// Ends every watch and both connections; calls that are open fail.
    public func close() async {
        relay.close()
        await calls.close()
        await watchCalls.close()
    }

    /// Watches of all scopes that are open now.
    public var watcherCount: Int { relay.watcherCount }

    // MARK: Reads

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        try await read(key, isStale: consistency == .stale)
    }

    /// Always nil: the other gateway has to be asked.
    public func immediateRead(of key: StoreKey) -> StoreRead? { nil }

    public func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead {
        guard revision > 0 else { return try await readBeginning(key) }
        return try await read(key, at: revision)
    }

    private func read(
        _ key: StoreKey,
        isStale: Bool = false,
        at revision: UInt64 = 0
    ) async throws(KeyValueError) -> StoreRead {
        let request = GetRequest(namespace: key.namespace.name, key: key.key, stale: isStale, atRevision: revision)
        let answer = try await calls.ask("Get", request, as: GetResponse.self)
        return StoreRead(
            entry: try StoreEntry.optional(answer.entry), position: try StorePosition(answer.position)
        )
    }

    /// Before the first revision, which on the wire is "now", there was nothing. Whether the log reaches back that far
    /// is for a watch to say.
    private func readBeginning(_ key: StoreKey) async throws(KeyValueError) -> StoreRead {
        let now = try await read(key).position
        try await FollowedLog(
            watchCalls, StoreScope(key.namespace), after: StorePosition(epoch: now.epoch, revision: 0), silence: silence
        )
        .end()
        return StoreRead(entry: nil, position: now)
    }

    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        let scope = request.scope
        let message = ListRequest(
            namespace: scope.namespace?.name ?? "",
            prefix: scope.prefix,
            limit: Int32(request.limit),
            cursor: request.cursor?.text ?? ""
        )
        let answer: ListResponse
        do throws(KeyValueError) {
            answer = try await calls.ask("List", message, as: ListResponse.self)
        } catch {
            // Scope and cursor are well-formed: what is left to be wrong is the cursor's epoch.
            guard error.code == .invalid, request.cursor != nil else { throw error }
            throw KeyValueError(.epochChanged, error.message)
        }
        return StorePage(
            entries: try StoreEntry.all(answer.entries),
            position: try StorePosition(answer.position),
            next: answer.nextCursor.isEmpty ? nil : try StoreCursor(text: answer.nextCursor, of: scope)
        )
    }

    public func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory {
        let limit = min(max(limit, 1), KeyValueLimits.maximumHistoryChanges)
        let request = HistoryRequest(namespace: key.namespace.name, key: key.key, limit: Int32(limit))
        let answer = try await calls.ask("History", request, as: HistoryResponse.self)
        return StoreHistory(
            changes: try StoreChange.all(answer.changes), position: try StorePosition(answer.position)
        )
    }

    // MARK: Writes

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        do throws(KeyValueError) {
            try transaction.validate()
            try transaction.refuseNoLease()
        } catch {
            return completion(.failure(error))
        }
        calls.change("Transact", transaction.message, as: TransactResponse.self) { result in
            completion(
                result.flatMap { answer in
                    Result { () throws(KeyValueError) in
                        try StoreTransaction.Outcome(answer, to: transaction)
                    }
                }
            )
        }
    }

    // MARK: Leases

    public func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try StoreLease.validate(milliseconds: milliseconds)
        let request = GrantLeaseRequest(ttlMs: milliseconds)
        return StoreLease(
            try await calls.change("GrantLease", request, as: Lease.self, timeout: leaseTimeout)
        )
    }

    /// Throws `indeterminate` when the answer does not come within the settings' `leaseTimeout`: so an answer always
    /// speaks of a lease that still lives, counted from when the renewal was asked for.
    public func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try await ofLease(id, "RenewLease")
    }

    @discardableResult
    public func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try await ofLease(id, "RevokeLease")
    }

    private func ofLease(_ id: StoreLease.ID, _ method: String) async throws(KeyValueError) -> StoreLease {
        guard id.rawValue != 0 else { throw .noLease }
        let request = LeaseRequest(leaseID: id.rawValue)
        return StoreLease(
            try await calls.change(method, request, as: Lease.self, timeout: leaseTimeout)
        )
    }

    // MARK: The whole

    /// The other gateway's count of keys and bytes, and this process's watches.
    public func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        let answer = try await calls.ask("Stats", StatsRequest(namespace: namespace.name), as: StatsResponse.self)
        return StoreStatistics(
            usage: StoreUsage(keys: Int(clamping: answer.keys), bytes: Int(clamping: answer.bytes)),
            watchers: relay.watcherCount(of: namespace)
        )
    }

    public func namespaces() async throws(KeyValueError) -> StoreNamespaceListing {
        let answer = try await calls.ask("ListNamespaces", ListNamespacesRequest(), as: ListNamespacesResponse.self)
        var namespaces: [StoreNamespaceListing.Namespace] = []
        for found in answer.namespaces {
            guard let namespace = try? StoreNamespace(found.namespace) else {
                throw .malformed("valid namespace", isWrite: false)
            }
            let usage = StoreUsage(keys: Int(clamping: found.keys), bytes: Int(clamping: found.bytes))
            namespaces.append(StoreNamespaceListing.Namespace(namespace: namespace, usage: usage))
        }
        return StoreNamespaceListing(namespaces: namespaces, position: try StorePosition(answer.position))
    }

    /// Of the other gateway, which restores it.
    public func backup() async throws(KeyValueError) -> any StoreBackup {
        try await RemoteBackup(calls.open("Backup", BackupRequest()))
    }

    // MARK: Watches

    public func watch(_ scope: StoreScope, after start: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        let after = try await position(of: start, scope)
        let subscription = try await relay.subscribe(scope, after: after) { [weak self] subscription, revision in
            guard let self else { return subscription.end(.closed) }
            await self.readOn(subscription, after: StorePosition(epoch: after.epoch, revision: revision))
        }
        await subscription.catchUp()
        return StoreWatch(subscription)
    }

    /// Where a watch begins. Throws `compacted` and `epochChanged` for what the other gateway's log does not have.
    private func position(
        of start: StorePosition?,
        _ scope: StoreScope
    ) async throws(KeyValueError) -> StorePosition {
        guard let start else { return try await list(StoreListRequest(scope, limit: 1)).position }
        if relay.knows(start) { return start }
        let log = try await FollowedLog(watchCalls, scope, after: start, silence: silence)
        log.end()
        return log.start
    }

    /// A page of the log for a watcher who is further behind than memory reaches.
    private func readOn(_ subscription: ChangeSubscription, after position: StorePosition) async {
        while !Task.isCancelled {
            do throws(KeyValueError) {
                return try await readPage(subscription, after: position)
            } catch {
                switch error.code {
                case .compacted: return subscription.end(.compacted)
                case .epochChanged: return subscription.end(.epochChanged)
                default: try? await Task.sleep(for: RemoteLimits.retryDelay)
                }
            }
        }
    }

    private func readPage(
        _ subscription: ChangeSubscription,
        after position: StorePosition
    ) async throws(KeyValueError) {
        var log = try await FollowedLog(watchCalls, after: position, silence: silence)
        defer { log.end() }
        var sets: [StoreChangeSet] = []
        var through = position.revision
        var (changes, bytes) = (0, 0)
        while changes < KeyValueLimits.watchPageChanges, bytes < KeyValueLimits.watchBufferedBytes,
            through < relay.start ?? 0, case .heard(let event)? = try await log.next()
        {
            through = event.position.revision
            guard case .changes(let set) = event else { continue }
            sets.append(set)
            changes += set.changes.count
            bytes += set.byteCount
        }
        subscription.load(sets, through: through, complete: false)
    }
}

extension StoreLease {
    fileprivate init(_ lease: Lease) {
        self.init(id: StoreLease.ID(lease.leaseID), milliseconds: lease.ttlMs)
    }
}
