import Synchronization

/// Tells waiting tasks that something changed. Counts the changes, so that none is missed between look and wait.
final class Signal: Sendable {
    private struct State {
        var version = 0
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    var version: Int { state.withLock { $0.version } }

    func raise() {
        let ready = state.withLock { state in
            state.version += 1
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns when the count is beyond `version`, or when the task is cancelled.
    func wait(beyond version: Int) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.version > version || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume()
        }
    }

    /// Runs `work`, and cancels it when the count goes beyond `version` first. Returns what `work` returns either way.
    func interrupting<Result: Sendable>(
        after version: Int,
        _ work: @escaping @Sendable () async -> Result
    ) async -> Result {
        await withTaskGroup(of: Result?.self) { group in
            group.addTask { await work() }
            group.addTask {
                await self.wait(beyond: version)
                return nil
            }
            var result: Result?
            while let finished = await group.next() {
                group.cancelAll()
                if let finished { result = finished }
            }
            guard let result else { preconditionFailure("the work's child always returns a result") }
            return result
        }
    }
}
