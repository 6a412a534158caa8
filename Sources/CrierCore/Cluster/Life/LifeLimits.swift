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

    // MARK: Evening out

    /// What a node may have above the average, as a divisor of it: a tenth.
    static let marginShare = 10

    /// What it may have above the average in any case. 5 clients: below that a cluster is even enough, and chance alone
    /// makes such differences.
    static let leastMargin = 5

    /// How long there must have been too many before any is shed. 10 s: twice the age that other nodes' counts may
    /// have, and long enough for a node that restarts to be back.
    static let settleTime = TimeAmount.seconds(10)

    /// Between two rounds: those that were shed have found their places, and all counts are new.
    static let restTime = TimeAmount.seconds(15)

    /// The longest rest, when rounds do not help: somebody must look at the addresses first.
    static let longestRest = TimeAmount.minutes(30)

    /// Of its clients a node sheds in a second, as a divisor: 1 %.
    static let shedShare = 100

    /// Clients that a node sheds in a second at most: others take 500 connects without noticing.
    static let shedPerSecond = 500

    /// How long a client stays where it is before it may be shed. A minute: whoever just came is not sent on.
    static let shedAge = TimeAmount.minutes(1)
}
