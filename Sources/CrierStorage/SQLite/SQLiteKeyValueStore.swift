public import CrierCore
import NIOPosix
import Synchronization

/// The key-value store in one SQLite file, for one process.
///
/// What a write answered is on the disk and survives a power cut, unless `SQLiteStoreSettings.durability` asks for less.
/// A failure of the disk that leaves this in doubt calls `fatal`, after which every request is refused: the process should end, and the next one reads what
/// is there. A full disk is not such a failure: writes are refused with `quota` until there is room.
public final class SQLiteKeyValueStore: KeyValueStore {
    /// Keeps the directory locked as long as the store lives.
    private let directory: DataDirectory
    private let queue: CommitQueue
    private let feed: ChangeFeed
    private let reads: ReadConnection

    /// Opens `kv.sqlite` in the directory, or makes it.
    ///
    /// - Parameters:
    ///   - settings: durability and what is kept.
    ///   - fatal: told once, with a sentence for the operator, when the disk failed. It should end the process.
    ///
    /// Throws `StorageError`: `newer`, `damaged`, `foreign`, `inUse` or `unavailable`.
    public init(
        in directory: DataDirectory,
        clock: WallClock = .system,
        settings: SQLiteStoreSettings = SQLiteStoreSettings(),
        fatal: @escaping @Sendable (String) -> Void
    ) throws(StorageError) {
        let path = directory.path(of: "kv.sqlite")
        let writer = try Self.openWriter(path, settings)
        self.directory = directory
        // After the writer: it makes the file that the reader opens.
        reads = try ReadConnection(path)
        feed = ChangeFeed()
        queue = CommitQueue(writer, feed: feed, clock: clock, fatal: fatal)
    }

    public func get(_ key: StoreKey, consistency: StoreConsistency) async throws(KeyValueError) -> StoreRead {
        try await read { reader throws(SQLiteError) in
            StoreRead(entry: try reader.entry(key), position: try reader.position())
        }
    }

    public func list(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        let page = try await read { reader throws(SQLiteError) -> Result<StorePage, KeyValueError> in
            let now = try reader.position()
            do throws(KeyValueError) {
                try request.cursor?.position.validate(asPageOf: now)
            } catch {
                return .failure(error)
            }
            return .success(try reader.page(request, now: now))
        }
        return try page.get()
    }

    public func submit(_ transaction: StoreTransaction, completion: @escaping StoreTransaction.Completion) {
        do throws(KeyValueError) {
            try transaction.validate()
        } catch {
            return completion(.failure(error))
        }
        queue.add(.transact(transaction, completion))
    }

    public func watch(_ scope: StoreScope, after start: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        let after = try await between { writer throws(KeyValueError) in
            try start?.validate(asStartAt: writer.position, compacted: writer.compacted)
            return start?.revision ?? writer.position.revision
        }
        let subscription = ChangeSubscription(scope: scope, after: after, feed: feed) {
            [weak self] subscription, after in
            guard let self else { return subscription.end(.closed) }
            await self.refill(subscription, after: after)
        }
        await refill(subscription, after: after)
        return StoreWatch(subscription)
    }

    /// Writes the log back and tells waiting watchers where the store is. To be called every few seconds.
    public func housekeep() async {
        try? await between { [feed, queue] writer throws(KeyValueError) in
            feed.announce(writer.position)
            do throws(SQLiteError) { try writer.checkpoint(whole: false) } catch { queue.failed(error) }
        }
    }

    /// Finishes what waits and closes the file. Later requests are refused as unavailable.
    public func close() async {
        await reads.close()
        await queue.close()
    }

    private func refill(_ subscription: ChangeSubscription, after: UInt64) async {
        do throws(KeyValueError) {
            try await between { [queue] writer throws(KeyValueError) in
                guard after >= writer.compacted else { return subscription.end(.compacted) }
                do throws(SQLiteError) {
                    let sets = try writer.log(after: after)
                    let through = sets.last?.position.revision ?? after
                    subscription.load(sets, through: through, complete: through == writer.position.revision)
                } catch {
                    subscription.end(.closed)
                    queue.failed(error)
                }
            }
        } catch {
            subscription.end(.closed)
        }
    }

    /// Runs `body` on the writer's thread, between two commits.
    private func between<R: Sendable>(
        _ body: @escaping @Sendable (borrowing StoreWriter) throws(KeyValueError) -> R
    ) async throws(KeyValueError) -> R {
        let result = await withCheckedContinuation { (answer: CheckedContinuation<Result<R, KeyValueError>, Never>) in
            queue.add(
                .between(
                    { writer in
                        do throws(KeyValueError) {
                            answer.resume(returning: .success(try body(writer)))
                        } catch {
                            answer.resume(returning: .failure(error))
                        }
                    },
                    orElse: { answer.resume(returning: .failure($0)) }
                )
            )
        }
        return try result.get()
    }

    private func read<R: Sendable>(
        _ body: @escaping @Sendable (borrowing StoreReader) throws(SQLiteError) -> R
    ) async throws(KeyValueError) -> R {
        switch await reads.run(body) {
        case .success(let value): return value
        case .failure(let error):
            queue.failed(error)
            throw KeyValueError(error)
        }
    }

    private static func openWriter(
        _ path: String,
        _ settings: SQLiteStoreSettings
    ) throws(StorageError) -> StoreWriter {
        let epoch = UInt64.random(in: 1...UInt64(Int64.max))
        let connection = try StoreSchema.openWriter(path, epoch: epoch, settings.durability)
        do throws(SQLiteError) {
            return try StoreWriter(connection, retention: settings.retention)
        } catch {
            throw StorageError(.damaged, "\(path) cannot be read: \(error.message)")
        }
    }
}
