/// Growing pauses between attempts, with jitter, after gRPC's connection-backoff: ×1.6 from `range.lowerBound` to
/// `range.upperBound`, each ±20 %.
struct Backoff: Sendable {
    let range: ClosedRange<Duration>
    private var current: Duration

    init(_ range: ClosedRange<Duration>) {
        self.range = range
        current = range.lowerBound
    }

    /// The pause before the next attempt. `random` is from 0 up to 1.
    mutating func next(random: Double) -> Duration {
        let pause = current * (0.8 + 0.4 * random)
        current = min(current * 1.6, range.upperBound)
        return pause
    }

    mutating func reset() {
        current = range.lowerBound
    }
}
