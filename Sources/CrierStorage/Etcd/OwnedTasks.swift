import Synchronization

/// Tasks that somebody owns: at the owner's end, what still runs is cancelled and waited for.
final class OwnedTasks: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var next: UInt64 = 0
        var isEnded = false
    }

    private let state = Mutex(State())

    /// Runs `body`. False: the owner has ended, and it does not run.
    func start(_ body: @escaping @Sendable () async -> Void) -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return false }
            let id = state.next
            state.next += 1
            state.tasks[id] = Task {
                await body()
                self.state.withLock { $0.tasks[id] = nil }
            }
            return true
        }
    }

    /// Cancels what runs, and returns when all of it has ended.
    func end() async {
        let tasks = state.withLock { state in
            state.isEnded = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
