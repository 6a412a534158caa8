import CrierClient

/// Decides how a watch goes on after its connection was lost or the gateway ended it.
struct WatchCourse: Sendable {
    enum Step: Sendable, Equatable {
        /// Watch again from `start`, after a pause.
        case again(after: Duration)
        /// Changes were missed that nobody can tell any more, and there is no snapshot to begin anew with.
        case missed(KeyValueWatchEvent.Reset)
        /// No attempt can help.
        case failed
    }

    /// Where the next attempt begins.
    private(set) var start: KeyValueWatchStart
    private let withSnapshot: Bool
    private var hasBegun = false
    private var pause = KeyValueToolLimits.firstRetryPause

    init(from start: KeyValueWatchStart) {
        self.start = start
        withSnapshot = start == .snapshot
    }

    /// What was heard moves the start on.
    mutating func hear(_ event: KeyValueWatchEvent) {
        (hasBegun, pause) = (true, KeyValueToolLimits.firstRetryPause)
        switch event {
        case .snapshot, .reset: break
        case .snapshotEnd(let position), .changes(_, let position): start = .after(position)
        // Before the end of a snapshot a position is not yet one to go on from.
        case .progress(let position): if start != .snapshot { start = .after(position) }
        }
    }

    /// The gateway will tell no more changes after `start`.
    mutating func reset(_ reason: KeyValueWatchEvent.Reset) -> Step {
        // Whoever was too slow has missed nothing: the log still has what comes after its position.
        if reason == .overflow, case .after = start { return .again(after: .zero) }
        guard withSnapshot else { return .missed(reason) }
        start = .snapshot
        return .again(after: reason == .overflow ? nextPause() : .zero)
    }

    /// The call ended; nil: without an error.
    mutating func lost(_ error: KeyValueClientError?) -> Step {
        // A gateway that was never there is for the caller to know.
        guard hasBegun else { return .failed }
        switch error?.code {
        case nil, .unavailable, .timedOut, .quota, .internalError: return .again(after: nextPause())
        default: return .failed
        }
    }

    private mutating func nextPause() -> Duration {
        defer { pause = min(pause * 2, KeyValueToolLimits.maximumRetryPause) }
        return pause
    }
}
