import Synchronization

/// A lock that this process holds, for as long as its lease lives.
///
/// A holder that stands still (a stopped process, a machine asleep) can lose its lock without noticing, and no lock
/// that is made of time can prevent that. So every time a lock is taken its token is greater than before: hand it to
/// what the lock protects, and let that refuse a smaller one. Writes to the shared state itself do so with `fence`.
public struct HeldLock: Sendable {
    public let name: String
    /// The revision at which the lock was taken: grows with every holder.
    public let token: UInt64
    /// As a guard of a transaction: nothing is written if the lock has a newer holder, or none.
    public let fence: KeyValueGuard

    let lease: LeaseClock

    /// Whether the lease certainly still lives, as far as this machine's clock can tell.
    public var isHeld: Bool { lease.isAlive }

    /// How long it certainly goes on living without another renewal; zero: it may be over.
    public var remaining: Duration { lease.remaining }
}

/// When a lease may have run out: its time to live after the last renewal that succeeded was *sent*. The gateway counts
/// from when it accepted it, which is later, so it never ends a lease before we think that it may have.
final class LeaseClock: Sendable {
    private struct State {
        var deadline: Duration
        var isLost = false
    }

    let id: UInt64
    let timeToLive: Duration
    private let clock: any ClientClock
    private let state: Mutex<State>

    /// - Parameter sent: When it was asked for.
    init(_ lease: KeyValueLease, sent: Duration, clock: any ClientClock) {
        id = lease.id
        timeToLive = lease.timeToLive
        self.clock = clock
        state = Mutex(State(deadline: sent + lease.timeToLive))
    }

    var remaining: Duration {
        let now = clock.now
        return state.withLock { $0.isLost ? .zero : max(.zero, $0.deadline - now) }
    }

    var isAlive: Bool { remaining > .zero }

    func renewed(sent: Duration) {
        state.withLock { $0.deadline = max($0.deadline, sent + timeToLive) }
    }

    /// The gateway says that it is over.
    func lose() {
        state.withLock { $0.isLost = true }
    }
}
