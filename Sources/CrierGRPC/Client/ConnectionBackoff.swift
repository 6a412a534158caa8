public import NIOCore

/// gRPC's delays between attempts to connect (connection-backoff.md): 1 s, times 1.6 each time, at most 120 s, ±20 %.
public struct ConnectionBackoff: Sendable {
    /// The delay after the first failure.
    public var initial: TimeAmount = .seconds(1)
    /// What each further failure multiplies it with.
    public var multiplier: Double = 1.6
    /// The longest delay, before the jitter.
    public var maximum: TimeAmount = .seconds(120)
    /// The part of the delay that is random, in both directions.
    public var jitter: Double = 0.2

    public init() {}

    /// The delay after `failures` failures in a row.
    /// - Parameter random: 0 to 1.
    public func delay(afterFailures failures: Int, random: Double) -> TimeAmount {
        var base = Double(initial.nanoseconds)
        let longest = Double(maximum.nanoseconds)
        for _ in 1..<max(failures, 1) where base < longest { base *= multiplier }
        let spread = 1 + jitter * (2 * random - 1)
        return .nanoseconds(Int64(min(base, longest) * spread))
    }
}
