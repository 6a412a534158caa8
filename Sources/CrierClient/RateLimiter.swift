import Synchronization

/// A token bucket for bytes that may be changed while transfers run, and shared by several of them.
///
/// Bytes are taken when they have arrived, so the balance may fall below zero; who took them waits until it is not.
public final class RateLimiter: Sendable {
    private struct State {
        var bytesPerSecond: Int64
        var balance: Double
        var updated: Duration
    }

    private let state: Mutex<State>
    private let clock: any ClientClock

    /// - Parameter bytesPerSecond: 0 for no limit.
    public init(bytesPerSecond: Int64, clock: any ClientClock = SystemClock()) {
        self.clock = clock
        state = Mutex(State(bytesPerSecond: max(0, bytesPerSecond), balance: 0, updated: clock.now))
    }

    /// In bytes; 0 for no limit. Setting it is felt by running transfers within a quarter of a second.
    public var bytesPerSecond: Int64 {
        get { state.withLock { $0.bytesPerSecond } }
        set {
            let now = clock.now
            state.withLock { state in
                Self.refill(&state, now)
                state.bytesPerSecond = max(0, newValue)
            }
        }
    }

    /// Takes `count` bytes out of the bucket and returns when it is no longer in debt.
    func take(_ count: Int) async throws(CancellationError) {
        let now = clock.now
        state.withLock { state in
            Self.refill(&state, now)
            if state.bytesPerSecond > 0 { state.balance -= Double(count) }
        }
        while let pause = pause() {
            try await clock.sleep(for: min(pause, Limits.rateRecheckInterval))
        }
    }

    /// How long until the debt is paid at the present rate; nil when there is none.
    private func pause() -> Duration? {
        let now = clock.now
        return state.withLock { state in
            Self.refill(&state, now)
            guard state.bytesPerSecond > 0, state.balance < 0 else { return nil }
            // A whole microsecond at least: a pause that rounds to nothing would spin.
            return max(.microseconds(1), .seconds(-state.balance / Double(state.bytesPerSecond)))
        }
    }

    private static func refill(_ state: inout State, _ now: Duration) {
        let elapsed = (now - state.updated).inSeconds
        state.updated = now
        let rate = Double(state.bytesPerSecond)
        // What may be saved up is small even for slow links: the bytes of a second at most.
        state.balance = rate == 0 ? 0 : min(Double(Limits.burstBytes), rate, state.balance + elapsed * rate)
    }
}
