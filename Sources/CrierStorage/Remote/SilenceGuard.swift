import CrierCore
import CrierGRPC
import NIOCore
import Synchronization

/// Ends a stream that has said nothing for too long: a connection can be dead without anybody saying so.
final class SilenceGuard: Sendable {
    private struct State {
        var lastHeard = NIODeadline.now()
        var hasEnded = false
    }

    private let limit: TimeAmount
    private let state = Mutex(State())

    /// Looks after `stream` until it is let go of.
    init(_ stream: ClientStream, on eventLoop: any EventLoop, limit: TimeAmount) {
        self.limit = limit
        let pause = TimeAmount.nanoseconds(max(1, limit.nanoseconds / 4))
        eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { [weak self] check in
            guard let self else { return check.cancel() }
            guard isSilent() else { return }
            check.cancel()
            stream.cancel()
        }
    }

    /// It is alive.
    func heard() { state.withLock { $0.lastHeard = .now() } }

    /// Why the stream failed: `error`, unless it was ended for its silence.
    func reason(of error: KeyValueError) -> KeyValueError {
        guard state.withLock({ $0.hasEnded }) else { return error }
        let milliseconds = limit.nanoseconds / 1_000_000
        return KeyValueError(.unavailable, "the other gateway said nothing for \(milliseconds) ms")
    }

    private func isSilent() -> Bool {
        state.withLock { state in
            state.hasEnded = .now() - state.lastHeard >= limit
            return state.hasEnded
        }
    }
}
