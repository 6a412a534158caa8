import NIOCore

/// What the driver for another gateway's store allows itself.
enum RemoteLimits {
    /// How long a read or a write may take, its way included: as long as the SDK's calls.
    static let callTimeout = Duration.seconds(10)

    /// How long an answer about a lease may take. 2 s, the shortest lease: an answer that comes in time always speaks
    /// of a lease that still lives, counted from when it was asked for.
    static let leaseTimeout = Duration.seconds(2)

    /// Bytes of an answer: a deletion of 10,000 keys of the longest names is 6 MiB without what was before.
    static let answerBytes = 16 << 20

    /// Silence after which a followed log is dead. 15 s: the other gateway says where it is every 10 s at least.
    static let silence = Duration.seconds(15)

    /// Between two attempts to follow the log, or to read a part of it.
    static let retryDelay = Duration.milliseconds(250)

    /// Longest pause between two attempts to connect: the other gateway's restart must not last longer for us.
    static let longestBackoff = TimeAmount.seconds(2)

    /// The first pause between two attempts to connect.
    static let firstBackoff = TimeAmount.milliseconds(100)

    /// How long a connection may take to be made: gateways of one cluster are near each other.
    static let connectTimeout = TimeAmount.seconds(5)

    /// Revisions that a watch may begin in the past without asking the other gateway whether its log reaches back: what
    /// was listed a moment ago.
    static let recentRevisions: UInt64 = 16

    /// Changes kept in memory for watchers that begin or lag. 10,000: as many as may wait for one watcher.
    static let recentChanges = 10_000

    /// Bytes of changes kept in memory for watchers that begin or lag.
    static let recentBytes = 8 << 20

    /// Bytes of one revision's changes, up to which they have what was before: the rest comes without, so that a
    /// deletion of 10,000 large values does not have to be held whole.
    static let revisionBytes = 64 << 20
}
