public import NIOCore

/// The registry's limits and times: name, number, unit, reason.
public enum RegistryLimits {
    /// Milliseconds of a node's lease: a node that died is gone for the others after this, and the store's own delay.
    public static let leaseMilliseconds: Int64 = 10_000

    /// Renewals begin so often within the lease's time that two of them may fail.
    static let renewalsPerLease: Int64 = 3

    /// Renewals that may wait for their answers at once: one each third of the lease, so none that is still of use.
    static let renewalsInFlight = 3

    /// After a renewal that failed: sooner than after a good one, so that what is left of the lease's time is used.
    static let renewalRetry = TimeAmount.milliseconds(500)

    /// Guards and writes of one transaction of registrations: the store's own limit.
    static let batchOperations = KeyValueLimits.transactionOperations

    /// Clients of one transaction: each is a guard and a write, and one guard more is the node's own record.
    static let batchClients = (batchOperations - 1) / 2

    /// How long the first registration of a batch waits for others: no longer than a commit of the store takes.
    static let batchDelay = TimeAmount.milliseconds(5)

    /// Transactions of registrations a node sends in a second: two nodes in a storm stay below 200 with all else.
    static let transactionsPerSecond: Int64 = 80

    /// Transactions that may go out at once after a quiet time, before the rate holds.
    static let transactionBurst: Int64 = 8

    /// Transactions of registrations that wait for their answers: enough to hide a store's round trip of 50 ms.
    static let transactionsInFlight = 4

    /// The first pause after the store refused a transaction; it doubles with each refusal.
    static let firstRetry = TimeAmount.milliseconds(100)

    /// The longest such pause: how late a store that is back is noticed, half of which is chance.
    static let longestRetry = TimeAmount.seconds(2)

    /// How long a node must have been gone before its clients' records are swept: twice its lease, in which it is
    /// likely to come back and find them.
    static let sweepGrace = TimeAmount.seconds(20)

    /// Between two transactions of the sweeper: nobody waits for it, since records of a dead node do not count.
    static let sweepInterval = TimeAmount.milliseconds(100)

    /// How often the node's record tells how many clients it has.
    static let loadInterval = TimeAmount.seconds(5)

    /// Silence of the change feed after which it is opened anew: three times the interval in which it promises to say
    /// where it is.
    static let feedSilence = TimeAmount.seconds(30)

    /// What a node's record may say of its clients, and of how many it takes. A billion: more than any machine holds,
    /// and so few that the sum of all nodes is a number.
    static let clientCounts = 0...1_000_000_000

    /// How often a node holds its sessions against the map: repairs what nobody foresaw.
    static let auditInterval = TimeAmount.seconds(60)

    /// Linearizable re-reads that may be under way on one node: each is a request to the store, and the pushes behind
    /// them wait.
    static let rereads = 1_024

    /// Lines about records that cannot be read, in one minute: enough to see which.
    static let damagedLines = 10

    /// How long a connected client may be without a route while every part of the cluster is in reach: a longest retry,
    /// and a lease that must be granted anew, its node's record written and read back. The simulation holds it.
    public static let routeBound = TimeAmount.seconds(8)
}
