import NIOCore
import Synchronization

/// How many lines of one kind may be logged: what a client can cause at will must not fill a disk.
final class LogBudget: Sendable {
    private struct State {
        var windowEnds = NIODeadline.uptimeNanoseconds(0)
        var left = 0
        var omitted = 0
    }

    private let lines: Int
    private let window: TimeAmount
    private let state = Mutex(State())

    /// At most `lines` in each `window`, which begins with its first line.
    init(lines: Int, per window: TimeAmount) {
        self.lines = lines
        self.window = window
    }

    /// How many lines were left out since the last one; nil when this one is to be left out too.
    func admit(at now: NIODeadline) -> Int? {
        state.withLock { state in
            if now >= state.windowEnds {
                state.windowEnds = now + window
                state.left = lines
            }
            guard state.left > 0 else {
                state.omitted += 1
                return nil
            }
            state.left -= 1
            defer { state.omitted = 0 }
            return state.omitted
        }
    }
}
