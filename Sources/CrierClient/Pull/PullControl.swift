import Synchronization

/// What the gateway and the agent want of a running pull; obeyed at once, whatever it is doing.
final class PullControl: Sendable {
    enum Wish: Sendable, Equatable {
        case run
        case pause
        /// Stop for good and delete what came.
        case end(PullOutcome)
    }

    private struct State {
        var wish: Wish
        var bytesPerSecond: Int64
    }

    let changed = Signal()
    private let state: Mutex<State>

    init(isPaused: Bool = false, bytesPerSecond: Int64 = 0) {
        state = Mutex(State(wish: isPaused ? .pause : .run, bytesPerSecond: bytesPerSecond))
    }

    var wish: Wish { state.withLock { $0.wish } }
    var bytesPerSecond: Int64 { state.withLock { $0.bytesPerSecond } }

    /// The first end stays: what was revoked cannot be let go on.
    func ask(_ wish: Wish) {
        let isNew = state.withLock { state in
            if case .end = state.wish { return false }
            defer { state.wish = wish }
            return state.wish != wish
        }
        if isNew { changed.raise() }
    }

    /// In bytes; 0 for no limit.
    func limit(to bytesPerSecond: Int64) {
        let isNew = state.withLock { state in
            defer { state.bytesPerSecond = max(0, bytesPerSecond) }
            return state.bytesPerSecond != max(0, bytesPerSecond)
        }
        if isNew { changed.raise() }
    }
}
