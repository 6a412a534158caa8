import Synchronization

@testable import CrierClient

/// Time that stands still until a test moves it.
final class ManualClock: ClientClock {
    private struct State {
        var now: Duration = .seconds(1000)
        var nextID = 0
        var sleepers: [Int: (asked: Duration, wake: Duration, continuation: CheckedContinuation<Bool, Never>)] = [:]
    }

    private static let wallAtZero: Int64 = 1_700_000_000_000
    private let state = Mutex(State())
    /// Raised with every new sleeper.
    private let slept = Signal()

    var now: Duration { state.withLock { $0.now } }
    var wallMilliseconds: Int64 { Self.wallAtZero + now.wholeMilliseconds }

    func sleep(for duration: Duration) async throws(CancellationError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if duration <= .zero { return true }
                    state.sleepers[id] = (duration, state.now + duration, continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
                slept.raise()
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(returning: false)
        }
        if !isOver { throw CancellationError() }
    }

    /// Waits until somebody sleeps for a length that `matches`, moves time to its end, and returns the length.
    @discardableResult
    func skipSleep(where matches: (Duration) -> Bool = { _ in true }) async -> Duration {
        while !Task.isCancelled {
            let version = slept.version
            let length = state.withLock { state in
                state.sleepers.values.map { $0.wake - state.now }.filter(matches).min()
            }
            if let length {
                advance(by: length)
                return length
            }
            await slept.wait(beyond: version)
        }
        return .zero
    }

    /// Waits until somebody has begun to sleep for exactly `length`, and moves time to its end.
    func skipSleep(of length: Duration) async {
        while !Task.isCancelled {
            let version = slept.version
            let left = state.withLock { state in
                state.sleepers.values.first { $0.asked == length }.map { $0.wake - state.now }
            }
            if let left { return advance(by: left) }
            await slept.wait(beyond: version)
        }
    }

    func advance(by duration: Duration) {
        let awake = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.wake <= state.now }
            for id in due.keys { state.sleepers.removeValue(forKey: id) }
            return due.values.map(\.continuation)
        }
        for continuation in awake { continuation.resume(returning: true) }
    }
}
