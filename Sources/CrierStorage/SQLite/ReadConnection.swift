import CSQLite
import CrierCore
import NIOPosix
import Synchronization

/// A connection that reads, on a thread of its own: a read does not wait for the disk that a commit waits for.
final class ReadConnection: Sendable {
    /// What a read may read, all of one moment.
    struct Snapshot: ~Copyable {
        let entries: StoreReader
        let log: LogReader
        fileprivate let connection: SQLiteConnection
    }

    private let opened: Mutex<Snapshot?>
    private let threads = NIOThreadPool(numberOfThreads: 1)

    init(_ path: String, _ opening: StoreOpening) throws(StorageError) {
        let connection = try DatabaseFile.openReader(path)
        do throws(SQLiteError) {
            let entries = try StoreReader(connection, opening)
            let log = try LogReader(connection)
            opened = Mutex(Snapshot(entries: entries, log: log, connection: connection))
        } catch {
            throw StorageError(.damaged, "\(path) cannot be read: \(error.message)")
        }
        threads.start()
    }

    /// For a store that was never closed: NIO wants its pools stopped. Then it does nothing.
    deinit { threads.shutdownGracefully { _ in } }

    /// Runs `body` in one read transaction.
    func run<R: Sendable>(
        _ body: @escaping @Sendable (borrowing Snapshot) throws(SQLiteError) -> R
    ) async -> Result<R, SQLiteError> {
        await perform {
            self.opened.withLock { opened -> Result<R, SQLiteError> in
                opened?.run(body) ?? .failure(SQLiteError(code: SQLITE_ABORT, message: "the store is closed"))
            }
        }
    }

    /// Runs `body` on the thread, for what waits for the disk otherwise.
    func perform<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { answer in
            threads.submit { _ in answer.resume(returning: body()) }
        }
    }

    func close() async {
        await perform { self.opened.withLock { $0 = nil } }
        try? await threads.shutdownGracefully()
    }
}

extension ReadConnection.Snapshot {
    fileprivate func run<R>(
        _ body: (borrowing ReadConnection.Snapshot) throws(SQLiteError) -> R
    ) -> Result<R, SQLiteError> {
        do throws(SQLiteError) {
            try connection.execute("BEGIN")
            let value = try body(self)
            try connection.execute("COMMIT")
            return .success(value)
        } catch {
            try? connection.rollback()
            return .failure(error)
        }
    }
}
