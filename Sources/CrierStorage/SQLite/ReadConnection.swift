import CSQLite
import CrierCore
import NIOPosix
import Synchronization

/// The connection that reads, on a thread of its own: a read does not wait for the disk that a commit waits for.
final class ReadConnection: Sendable {
    fileprivate struct Opened: ~Copyable {
        let reader: StoreReader
        let connection: SQLiteConnection
    }

    private let opened: Mutex<Opened?>
    private let threads = NIOThreadPool(numberOfThreads: 1)

    init(_ path: String) throws(StorageError) {
        let connection = try StoreSchema.openReader(path)
        do throws(SQLiteError) {
            let reader = try StoreReader(connection)
            opened = Mutex(Opened(reader: reader, connection: connection))
        } catch {
            throw StorageError(.damaged, "\(path) cannot be read: \(error.message)")
        }
        threads.start()
    }

    /// For a store that was never closed: NIO wants its pools stopped. Then it does nothing.
    deinit { threads.shutdownGracefully { _ in } }

    /// Runs `body` in one read transaction: all that it reads is of one moment.
    func run<R: Sendable>(
        _ body: @escaping @Sendable (borrowing StoreReader) throws(SQLiteError) -> R
    ) async -> Result<R, SQLiteError> {
        await withCheckedContinuation { answer in
            threads.submit { _ in
                let result = self.opened.withLock { opened -> Result<R, SQLiteError> in
                    guard let found = opened?.run(body) else {
                        return .failure(SQLiteError(code: SQLITE_ABORT, message: "the store is closed"))
                    }
                    return found
                }
                answer.resume(returning: result)
            }
        }
    }

    func close() async {
        await withCheckedContinuation { done in
            threads.submit { _ in
                self.opened.withLock { $0 = nil }
                done.resume()
            }
        }
        try? await threads.shutdownGracefully()
    }
}

extension ReadConnection.Opened {
    fileprivate func run<R>(
        _ body: (borrowing StoreReader) throws(SQLiteError) -> R
    ) -> Result<R, SQLiteError> {
        do throws(SQLiteError) {
            try connection.execute("BEGIN")
            let value = try body(reader)
            try connection.execute("COMMIT")
            return .success(value)
        } catch {
            try? connection.rollback()
            return .failure(error)
        }
    }
}

extension StoreReader {
    func page(_ request: StoreListRequest, now: StorePosition) throws(SQLiteError) -> StorePage {
        var page = StorePageBuilder(request, now: now)
        try forEach(in: request.scope, from: request.cursor?.after) { entry in
            entry.key == request.cursor?.after || page.append(entry)
        }
        return page.finish()
    }
}
