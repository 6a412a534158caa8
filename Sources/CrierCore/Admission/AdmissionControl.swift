import NIOCore
import Synchronization

/// Lets clients connect, or says when to come back, before anything else is done for them.
final class AdmissionControl: Sendable {
    /// Why one was not let in.
    enum Refusal: Equatable {
        case full(TimeAmount)
        case tooMany(TimeAmount)
    }

    fileprivate struct State {
        var open = 0
        var rate: ConnectRate?
        var refusals: Int64 = 0
    }

    private let maximum: Int?
    private let perSecond: Int?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximum: clients at once; nil: any number.
    ///   - perSecond: connects in a second; nil: any number.
    init(maximum: Int?, perSecond: Int?) {
        self.maximum = maximum
        self.perSecond = perSecond
    }

    /// nil: it is in, and must leave once.
    func enter(at now: NIODeadline) -> Refusal? {
        state.withLock { state in
            if let maximum, state.open >= maximum { return .full(state.delay()) }
            if let perSecond {
                var rate = state.rate ?? ConnectRate(perSecond: perSecond, now: now)
                defer { state.rate = rate }
                if let turn = rate.take(at: now) { return .tooMany(turn) }
            }
            state.open += 1
            return nil
        }
    }

    func leave() { state.withLock { $0.open -= 1 } }
}

extension AdmissionControl.State {
    /// Spread evenly between the shortest and twice that, also among few: multiples of the golden ratio.
    fileprivate mutating func delay() -> TimeAmount {
        refusals = (refusals + 618) % 1_000
        return Limits.fullDelay + .nanoseconds(Limits.fullDelay.nanoseconds / 1_000 * refusals)
    }
}
