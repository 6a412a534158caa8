import Glibc
import Synchronization

/// How a process ended, for everybody who wants to know.
final class Ending: Sendable {
    enum Reason: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)

        init(waitStatus: Int32) {
            let signal = waitStatus & 0x7f
            self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
        }
    }

    private struct State {
        var reason: Reason?
        var waiters: [Int: CheckedContinuation<Reason?, Never>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    var reason: Reason? { state.withLock { $0.reason } }

    /// Nil when the task is cancelled first.
    func wait() async -> Reason? {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.reason != nil || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume(returning: reason) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
        }
    }

    func set(_ reason: Reason) {
        let waiters = state.withLock { state in
            state.reason = reason
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: reason) }
    }

    /// Sends a signal if the process has not been reaped yet: afterwards its number may be another's.
    func signal(_ number: Int32, to pid: pid_t) {
        state.withLock { if $0.reason == nil { kill(pid, number) } }
    }
}
