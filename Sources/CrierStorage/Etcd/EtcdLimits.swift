import CrierCore
import NIOCore

/// Every limit of the etcd driver.
enum EtcdLimits {
    /// Time that one request may take. 5 s: twice what an election takes with etcd's usual settings, so that a request
    /// that waits for a new leader is answered; a member that is stopped is left after it.
    static let requestTimeout = Duration.seconds(5)

    /// Time that one attempt to renew a lease may take. 2 s: a member hands renewals on to the leader, and waits up to
    /// 7 s for one that fell silent. Three members must be asked before a lease of 10 s, whose last renewal is 3.3 s
    /// old, runs out.
    static let renewalTimeout = Duration.seconds(2)

    /// Time for which a request that did not happen is tried again, at other members too. 5 s: an election.
    static let patience = Duration.seconds(5)

    /// Pause before a request is tried again. 50 ms: a member that was just left is not asked in a circle.
    static let retryPause = Duration.milliseconds(50)

    /// Bytes of an answer. 128 MiB: a transaction answers with what its 100 keys held, 1 MiB each.
    static let answerBytes = 128 << 20

    /// Delay before the second attempt to connect. 100 ms: members are near.
    static let backoff = TimeAmount.milliseconds(100)

    /// Longest delay between attempts to connect. 2 s: members that come back are found while someone still waits.
    static let longestBackoff = TimeAmount.seconds(2)

    /// Time that a TCP connection may take. 3 s: members are near, and another one may answer.
    static let connectTimeout = TimeAmount.seconds(3)

    /// Silence on a connection with open calls before it is probed. 6 s: etcd ends connections that are probed more
    /// often than every 5 s.
    static let idleBeforePing = TimeAmount.seconds(6)

    /// Time that a probe's answer may take. 4 s: a member that is gone is known to be after 10 s.
    static let pingTimeout = TimeAmount.seconds(4)

    /// Attempts of one transaction, each after someone else changed what it reads. 64: with the pauses, some seconds of
    /// a key that many nodes count on.
    static let attempts = 64

    /// Longest random pause between two of them. 20 ms: a few round trips.
    static let longestAttemptPause = Duration.milliseconds(20)

    /// Ranges that are read in one request. 100: etcd takes 128 operations in one.
    static let rangesAtOnce = 100

    /// Entries of the first range of a list. 16: they are at most 16 MiB, after which their size is known.
    static let firstRangeEntries = 16

    /// Changes kept in memory for watchers that begin or fall behind a little. 10,000: as many as one may have waiting.
    static let recentChanges = KeyValueLimits.watchBufferedChanges

    /// Bytes of changes kept in memory for them. 8 MiB: as many as one may have waiting.
    static let recentBytes = KeyValueLimits.watchBufferedBytes

    /// Bytes of entries remembered, so that a change can say what was there before without asking. 32 MiB: a hundred
    /// thousand records of a registry.
    static let previousBytes = 32 << 20

    /// Changes read from etcd's history at once for a watcher that is behind. 5,000: half of what may wait for it; each
    /// reading costs etcd up to 100 ms before it begins.
    static let logPageChanges = 5_000

    /// Bytes of changes read at once for it. 4 MiB: half of what may wait for it.
    static let logPageBytes = 4 << 20

    /// Watchers that read etcd's history at once. 4: each reads all of it from where it stands.
    static let logReaders = 4

    /// Silence after which a reading of etcd's history is given up and begun anew: what is read is there, so that only
    /// a member in trouble says nothing. 10 s: a hundred times what a reading takes to begin.
    static let historySilence = Duration.seconds(10)

    /// Pause after etcd has refused the watch for lack of rights. 5 s: each attempt costs it a tenth of a second of a
    /// core.
    static let deniedPause = Duration.seconds(5)

    /// Seconds for which it is known that a lease was revoked and did not run out. 1 hour: watchers that were away for
    /// less hear `delete` and not `expire`.
    static let revocationSeconds: Int64 = 3_600

    /// Revoked leases that a node remembers without asking. 1,000: a few kilobytes.
    static let rememberedRevocations = 1_000

    /// Leases for entries with an expiry of their own that are kept open. 1,000: as many different expiries at once.
    static let openTimedLeases = 1_000

    /// Milliseconds of a lease for entries with an expiry of their own are longer than theirs by one part in so many:
    /// for that long it takes entries. 10: what the expiry may be late.
    static let timedLeaseParts: Int64 = 10

    /// Shortest time for which such a lease takes entries, in milliseconds. 1 s: leases count whole seconds.
    static let timedLeaseMinimum: Int64 = 1_000

    /// Time between two looks at the silence of the watch. 5 s: watchers hear where the store is at least every 10 s.
    static let announceInterval = Duration.seconds(5)

    /// Time for what was written to come back through the watch, after which another member is asked. 5 s.
    static let echoTimeout = Duration.seconds(5)
}
