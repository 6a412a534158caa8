public import CrierCore
import Synchronization

/// The key-value store in one SQLite file, for one process.
///
/// What a write answered is on the disk and survives a power cut, unless `SQLiteStoreSettings.durability` asks for
/// less. A failure of the disk that leaves this in doubt calls `fatal`, after which every request is refused: the
/// process should end, and the next one reads what is there. A full disk is not such a failure: writes are refused with
/// `quota` until there is room.
public final class SQLiteKeyValueStore: KeyValueStore {
    /// Keeps the directory locked as long as the store lives.
    let directory: DataDirectory
    let queue: CommitQueue
    let feed: ChangeFeed
    private let cache: EntryCache
    private let gate: CommitGate
    /// For reads that a cache answers most of.
    private let reads: ReadConnection
    /// For reads that may take long, so that nobody waits behind them: the log, and backups.
    let archive: ReadConnection
    let isCopying = Atomic(false)
    let lag = Atomic(0)

    /// Opens `kv.sqlite` in the directory, or makes it.
    ///
    /// - Parameters:
    ///   - settings: durability, quotas, and what is kept.
    ///   - clock: what `updatedAt` and `expiresAt` are read from.
    ///   - timer: what leases and expiries are measured by.
    ///   - fatal: told once, with a sentence for the operator, when the disk failed. It should end the process.
    ///
    /// Throws `StorageError`: `newer`, `damaged`, `foreign`, `inUse` or `unavailable`.
    public init(
        in directory: DataDirectory,
        settings: SQLiteStoreSettings = SQLiteStoreSettings(),
        clock: WallClock = .system,
        timer: MonotonicClock = .system,
        fatal: @escaping @Sendable (String) -> Void
    ) throws(StorageError) {
        let path = directory.path(of: DatabaseFile.name)
        Self.removeUnfinishedCopies(in: directory)
        let epoch = UInt64.random(in: 1...UInt64(Int64.max))
        let connection = try DatabaseFile.openWriter(path, epoch: epoch, settings.durability)
        let state = try StoreState.read(connection, path)
        let opening = StoreOpening(revision: state.position.revision, at: clock.milliseconds)
        // After the writer's connection, which makes the file.
        let reads = try ReadConnection(path, opening)
        let archive = try ReadConnection(path, opening)
        let cache = EntryCache(at: state.position)
        let gate = CommitGate()
        let feed = ChangeFeed()
        do throws(SQLiteError) {
            var writer = try StoreWriter(connection, state, opening, settings, cache: cache, gate: gate)
            try writer.recallUnfolded()
            try writer.armLeases(timer.now)
            queue = CommitQueue(writer, feed: feed, clock: clock, timer: timer, fatal: fatal)
        } catch {
            throw StorageError(.damaged, "\(path) cannot be read: \(error.message)")
        }
        self.directory = directory
        self.feed = feed
        self.cache = cache
        self.gate = gate
        self.reads = reads
        self.archive = archive
    }

    /// Revisions in the log that need not be there any more, as of the last housekeeping.
    public var compactionLag: Int { lag.load(ordering: .relaxed) }

    /// Watches that are open.
    public var watcherCount: Int { feed.watcherCount }

    /// Finishes what waits and closes the file. Later requests are refused as unavailable.
    public func close() async {
        await reads.close()
        await archive.close()
        await queue.close()
    }

    // MARK: Reads

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        if let read = cache.read(key) { return read }
        return try await read(reads) { [cache, gate] snapshot throws(SQLiteError) in
            let (position, known) = try gate.look { () throws(SQLiteError) in
                (try snapshot.entries.position(), cache.read(key))
            }
            if let known { return .success(known) }
            let found = try snapshot.entries.row(key)
            cache.fill(key, found?.entry, row: found?.row, readAt: position.revision)
            return .success(StoreRead(entry: found?.entry, position: position))
        }
    }

    public func immediateRead(of key: StoreKey) -> StoreRead? { cache.read(key) }

    public func get(_ key: StoreKey, at revision: UInt64) async throws(KeyValueError) -> StoreRead {
        try await read(archive) { [cache, gate] snapshot throws(SQLiteError) in
            let (bounds, known) = try gate.look { () throws(SQLiteError) in
                (try snapshot.entries.logBounds(), cache.read(key))
            }
            let (now, compacted) = bounds
            do throws(KeyValueError) {
                try StorePosition(epoch: now.epoch, revision: revision).validate(asStartAt: now, compacted: compacted)
            } catch {
                return .failure(error)
            }
            if let change = try snapshot.log.first(of: key, after: revision) {
                return .success(StoreRead(entry: change.previous, position: now))
            }
            let entry = if let known { known.entry } else { try snapshot.entries.row(key)?.entry }
            return .success(StoreRead(entry: entry, position: now))
        }
    }

    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        try await read(reads) { [cache, gate] snapshot throws(SQLiteError) in
            let (now, unfolded) = try gate.look { () throws(SQLiteError) in
                let now = try snapshot.entries.position()
                return (now, cache.unfolded(in: request.scope, from: request.cursor?.after, at: now.revision))
            }
            do throws(KeyValueError) {
                try request.cursor?.position.validate(asPageOf: now)
            } catch {
                return .failure(error)
            }
            return .success(try snapshot.entries.page(request, now: now, over: unfolded))
        }
    }

    public func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory {
        let limit = min(max(limit, 1), KeyValueLimits.maximumHistoryChanges)
        return try await read(archive) { [gate] snapshot throws(SQLiteError) in
            let (now, compacted) = try gate.look { () throws(SQLiteError) in try snapshot.entries.logBounds() }
            let changes = try snapshot.log.newest(of: key, after: compacted, limit: limit)
            return .success(StoreHistory(changes: changes, position: now))
        }
    }

    public func statistics(of namespace: StoreNamespace) async throws(KeyValueError) -> StoreStatistics {
        let usage = try await alone { writer, _ in writer.accounts.usage[namespace] ?? StoreUsage() }
        return StoreStatistics(usage: usage, watchers: feed.watcherCount(of: namespace))
    }

    public func namespaces() async throws(KeyValueError) -> StoreNamespaceListing {
        try await alone { writer, _ in
            let namespaces = writer.accounts.usage.sorted { $0.key < $1.key }
                .map { StoreNamespaceListing.Namespace(namespace: $0, usage: $1) }
            return StoreNamespaceListing(namespaces: namespaces, position: writer.position)
        }
    }

    // MARK: Writes

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        do throws(KeyValueError) {
            try transaction.validate()
        } catch {
            return completion(.failure(error))
        }
        queue.add(
            .transact(
                CommitQueue.Write(transaction: transaction, bytes: transaction.byteCount, answer: completion)))
    }

    /// Runs `body` on the writer's thread, between two commits.
    func alone<R: Sendable>(
        _ body: @escaping @Sendable (inout StoreWriter, StoreTime) throws(KeyValueError) -> R
    ) async throws(KeyValueError) -> R {
        try await committing { writer, now in
            let result = Result { () throws(KeyValueError) in try body(&writer, now) }
            return (result, nil, nil)
        }
    }

    /// Runs `body` on the writer's thread, between two commits, when it makes one of its own. What it committed is
    /// published before this returns.
    func committing<R: Sendable>(
        _ body:
            @escaping @Sendable (inout StoreWriter, StoreTime) -> (
                Result<R, KeyValueError>, CommittedChanges?, SQLiteError?
            )
    ) async throws(KeyValueError) -> R {
        let result = await withCheckedContinuation { (answer: CheckedContinuation<Result<R, KeyValueError>, Never>) in
            queue.add(
                .alone(
                    { writer, now in
                        let (result, changes, failure) = body(&writer, now)
                        return CommitQueue.Effect(changes: changes, failure: failure) {
                            answer.resume(returning: result)
                        }
                    },
                    orElse: { answer.resume(returning: .failure($0)) }
                )
            )
        }
        return try result.get()
    }

    private func read<R: Sendable>(
        _ connection: ReadConnection,
        _ body: @escaping @Sendable (borrowing ReadConnection.Snapshot) throws(SQLiteError) -> Result<R, KeyValueError>
    ) async throws(KeyValueError) -> R {
        switch await connection.run(body) {
        case .success(let result): return try result.get()
        case .failure(let error):
            queue.failed(error)
            throw KeyValueError(error)
        }
    }
}
