import NIOCore
import Synchronization

/// Runs the calls of methods in `async` form as children of one task, so that none outlives the server.
final class AsyncCalls: Sendable {
    /// One call that is to run.
    struct Work: Sendable {
        var run: @Sendable () async -> Void
        /// The server stopped before the call's turn came.
        var refuse: @Sendable () -> Void
    }

    /// What became of a call that was to start.
    enum Start: Equatable {
        case accepted
        /// As many as the limit run or wait.
        case full
        /// The server has stopped.
        case stopped
    }

    private struct State {
        /// Calls that run or wait.
        var count = 0
        var waiting = CircularBuffer<Work>()
        var isStopped = false
        var runner: CheckedContinuation<Void, Never>?

        mutating func takeRunner() -> CheckedContinuation<Void, Never>? {
            defer { runner = nil }
            return runner
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Runs calls until `stop` or cancellation; those that wait then are refused.
    func run() async {
        await withDiscardingTaskGroup { group in
            while let work = await next() {
                group.addTask {
                    await work.run()
                    self.state.withLock { $0.count -= 1 }
                }
            }
            stop()
            group.cancelAll()
        }
    }

    func stop() {
        let (waiting, runner) = state.withLock { state in
            state.isStopped = true
            defer { state.waiting = [] }
            return (state.waiting, state.takeRunner())
        }
        runner?.resume()
        for work in waiting { work.refuse() }
    }

    func start(_ work: Work) -> Start {
        let (start, runner) = state.withLock { state -> (Start, CheckedContinuation<Void, Never>?) in
            if state.isStopped { return (.stopped, nil) }
            guard state.count < limit else { return (.full, nil) }
            state.count += 1
            state.waiting.append(work)
            return (.accepted, state.takeRunner())
        }
        runner?.resume()
        return start
    }

    /// The next call; nil when the server has stopped or the task is cancelled.
    private func next() async -> Work? {
        while true {
            if Task.isCancelled { return nil }
            let (work, isStopped) = state.withLock { ($0.waiting.popFirst(), $0.isStopped) }
            if work != nil || isStopped { return work }
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A cancellation before this look is seen here; one after it wakes the continuation.
                let isReady = state.withLock { state in
                    guard state.waiting.isEmpty, !state.isStopped, !Task.isCancelled else { return true }
                    state.runner = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeRunner() }?.resume()
        }
    }
}
