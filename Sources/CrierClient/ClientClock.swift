import Glibc

/// Time as the SDK sees it; tests pass one that they move by hand.
public protocol ClientClock: Sendable {
    /// Time since an arbitrary beginning; never goes back.
    var now: Duration { get }
    /// Milliseconds since 1970 by this machine's clock.
    var wallMilliseconds: Int64 { get }
    /// Returns after `duration`; throws when the task is cancelled.
    func sleep(for duration: Duration) async throws(CancellationError)
}

/// The machine's own clocks.
public struct SystemClock: ClientClock {
    public init() {}

    // CLOCK_BOOTTIME goes on while the machine sleeps: a laptop's backoff is over when it wakes up.
    public var now: Duration { read(CLOCK_BOOTTIME) }

    public var wallMilliseconds: Int64 { read(CLOCK_REALTIME).wholeMilliseconds }

    public func sleep(for duration: Duration) async throws(CancellationError) {
        do {
            try await Task.sleep(for: duration, clock: .continuous)
        } catch {
            throw CancellationError()
        }
    }

    private func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

extension Duration {
    /// Rounded towards zero; saturates, so that no outside number can trap.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).partialValue
    }

    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

/// A number from 0 up to but not including 1.
public typealias Randomness = @Sendable () -> Double

/// The system's random numbers.
public let systemRandomness: Randomness = { Double.random(in: 0..<1) }
