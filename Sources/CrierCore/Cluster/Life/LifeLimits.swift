import NIOCore

/// The limits of what nodes do with each other's clients: name, number, unit, reason.
public enum LifeLimits {
    /// Addresses that a redirect names. 4: a client that cannot reach four nodes has another trouble than one of them.
    static let redirectTargets = 4

    /// The share of the average that also a node above it has in the choice of targets, as a divisor. 20: so that it is
    /// named behind the others, and one in twenty goes there at most.
    static let fullNodeShare = 20

    /// Over which an operator may have a node drained. A day: longer, and it is no drain but a wish.
    static let drainTimes: ClosedRange<TimeAmount> = .zero ... .hours(24)
}
