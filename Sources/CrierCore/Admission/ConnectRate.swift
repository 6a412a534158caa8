import NIOCore

/// How many clients may connect in a second; those beyond are told when it will be their turn, one after the other.
struct ConnectRate {
    private let perSecond: Int
    /// Connects that may be let in at once; a second's worth after a quiet second.
    private var tokens: Double
    private var filledAt: NIODeadline
    /// When the last of those that were sent away is to be back.
    private var lastTurn: NIODeadline

    init(perSecond: Int, now: NIODeadline) {
        self.perSecond = perSecond
        tokens = Double(perSecond)
        filledAt = now
        lastTurn = now
    }

    /// nil: come in. Otherwise: how long to stay away.
    mutating func take(at now: NIODeadline) -> TimeAmount? {
        tokens = min(tokens + Double((now - filledAt).nanoseconds) / 1e9 * Double(perSecond), Double(perSecond))
        filledAt = now
        guard tokens < 1 else {
            tokens -= 1
            return nil
        }
        let soonest = now + Limits.shortestTurn
        lastTurn = max(lastTurn + .nanoseconds(1_000_000_000 / Int64(perSecond)), soonest)
        // Nobody waits for longer: then the next ones share the turns of the first.
        if lastTurn - now > Limits.longestTurn { lastTurn = soonest }
        return lastTurn - now
    }
}
