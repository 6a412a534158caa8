import NIOPosix

/// Threads for calls that block on the disk or hash for long: neither event loops nor Swift's own threads may.
struct DiskPool: Sendable {
    static let shared = DiskPool(threads: .singleton)

    let threads: NIOThreadPool

    /// Runs `body` on one of the threads. Throws `.cancelled` when the task was cancelled before it began.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(CrierClientError) -> Value
    ) async throws(CrierClientError) -> Value {
        let result: Result<Value, CrierClientError>
        do {
            result = try await threads.runIfActive {
                do throws(CrierClientError) {
                    return .success(try body())
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw CrierClientError(.cancelled, "cancelled before the disk was asked", cause: error)
        }
        return try result.get()
    }

    /// Runs `body` even when the task was cancelled: what makes a clean exit cheaper than a kill.
    func finish(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            threads.submit { _ in
                body()
                continuation.resume()
            }
        }
    }
}
