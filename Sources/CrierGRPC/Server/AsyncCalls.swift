import NIOCore
import Synchronization

/// Runs the calls of methods in `async` form as children of one task, so that none outlives the server.
final class AsyncCalls: Sendable {
    typealias Work = @Sendable () async -> Void

    private struct State {
        var running = 0
        var continuation: AsyncStream<Work>.Continuation?
    }

    private let state = Mutex(State())
    private let works: AsyncStream<Work>
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        // The count below is the bound; the stream itself never holds more than that.
        let (works, continuation) = AsyncStream.makeStream(of: Work.self, bufferingPolicy: .bufferingOldest(limit))
        self.works = works
        state.withLock { $0.continuation = continuation }
    }

    /// Runs calls until `stop` or cancellation.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await work in works {
                group.addTask {
                    await work()
                    self.state.withLock { $0.running -= 1 }
                }
            }
            group.cancelAll()
        }
    }

    func stop() { state.withLock { $0.continuation?.finish() } }

    /// False when too many run already, or the server has stopped.
    func start(_ work: @escaping Work) -> Bool {
        let continuation = state.withLock { state -> AsyncStream<Work>.Continuation? in
            guard state.running < limit else { return nil }
            state.running += 1
            return state.continuation
        }
        guard let continuation else { return false }
        if case .enqueued = continuation.yield(work) { return true }
        state.withLock { $0.running -= 1 }
        return false
    }
}
