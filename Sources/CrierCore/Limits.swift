public import NIOCore

/// Every limit of the core: name, number, unit, reason. What an operator may change stands in `GatewaySettings`.
public enum Limits {
    // MARK: Identifiers

    /// Bytes of UTF-8 in a client id. The contract's own limit; fits a file name and a key of every store.
    public static let clientIDBytes = 1...255

    /// Bytes of UTF-8 in an instance id. A UUID has 36; more than a client id's worth is no identifier.
    public static let instanceIDBytes = 255

    // MARK: Messages about what came from outside

    /// Characters of outside text in an error message: a whole file id (71), and too few to flood a log.
    static let excerptScalars = 80

    // MARK: Registration

    /// Labels of one client. The contract's own limit: a selector looks at every one of them.
    public static let labelsPerClient = 64

    /// Bytes in the key of a label; long enough for a reverse-DNS prefix.
    public static let labelKeyBytes = 1...128

    /// Bytes in the value of a label. Labels are held for every idle client, so they are names and no documents.
    public static let labelValueBytes = 256

    /// Bytes in the version that an agent tells. A version with a commit hash fits twice.
    public static let agentVersionBytes = 128

    /// Bytes in the detail of an acknowledgement or a file status that is kept or logged: a line, not a log file.
    public static let detailBytes = 4096

    // MARK: Messages

    /// Bytes of one encoded message to a client. gRPC clients refuse more than 4 MiB unless told otherwise.
    public static let messageBytes = 4 << 20

    /// Bytes in the type of an event: a dotted name.
    public static let eventTypeBytes = 255

    /// Bytes in a collapse key: like a client id.
    public static let collapseKeyBytes = 255

    /// Bytes in a trace parent. W3C's version 00 has 55; later versions may be longer.
    public static let traceParentBytes = 255

    // MARK: Queues

    /// Unsent bytes in one client's outlet before pushes to it are answered CONGESTED. The order of the queue that
    /// NATS (64 MiB) and Centrifugo (1 MiB) allow a slow reader; the lower, since a gateway has more of them.
    public static let outletQueueBytes = 1 << 20

    /// Pushes of one loop on their way through another loop's inbox. At 200 bytes each this is 13 MB a loop.
    public static let crossingPushesPerLoop = 65_536

    /// Pushes of one loop that wait for a client's acknowledgement. They wait for seconds, so they have a budget of
    /// their own that cannot starve the pushes that do not wait.
    public static let waitingPushesPerLoop = 65_536

    /// Acknowledgements awaited of one client: one slow client must not take the loop's whole budget.
    public static let awaitedAcksPerClient = 1_024

    /// Items for which tables and mail between loops keep their storage after a burst, so that an idle loop's memory
    /// goes back.
    static let mailRetainedItems = 8_192

    /// Bytes of encoded messages for which mail between loops keeps its storage. 1 MiB: the items at 128 bytes each.
    static let mailRetainedBytes = 1 << 20

    /// Nodes whose names are kept for the pushes that they forward: beyond any cluster, and a peer cannot make it grow.
    static let pushOrigins = 1_024

    /// Clients whose last refused push one loop remembers, for those who ask why it did not arrive. They ask about the
    /// last minutes. At 300 bytes each, mostly, this is 300 kB a loop, and at most 1 MB; whoever pushes to names that
    /// nobody has cannot make it grow.
    static let refusedPushesRemembered = 1_024

    /// Bytes of the reason that is remembered with each of them: a sentence or two.
    static let refusalDetailBytes = 512

    // MARK: Time

    /// How long a push waits for an acknowledgement when its caller gave no deadline.
    public static let defaultAckWait = TimeAmount.seconds(30)

    /// How long it waits at most. Longer promises need a durable message.
    public static let maximumAckWait = TimeAmount.minutes(10)

    /// How exactly awaited acknowledgements expire: the table is looked through this often while it is not empty.
    static let ackWaitGranularity = TimeAmount.milliseconds(100)

    /// How often a loop adds its tally of pushes to the metrics; as often as anybody scrapes them.
    static let tallyInterval = TimeAmount.seconds(1)

    /// Intervals without a message after which a client that has beaten is dead. Two lost beats are forgiven.
    public static let missedHeartbeats: Int64 = 3

    /// A whole look at all sessions happens this many times per heartbeat interval: at 20 s, a dead session is found
    /// at most 2.5 s late, and 10,000 idle sessions cost less than a thousandth of a core.
    static let sweepsPerHeartbeat: Int64 = 8

    /// Sessions looked at in one go of the sweep; 2,048 take less than a millisecond of the loop.
    static let sweepSlice = 2_048

    // MARK: Presence and fencing

    /// Departed clients whose grace one loop keeps in mind; beyond that the oldest is told offline early.
    static let departuresPerLoop = 65_536

    /// The window in which take-overs between instances count as a fight of clones.
    static let cloneWindow = TimeAmount.seconds(60)

    /// Take-overs within the window at which a fight is settled for the holder.
    static let cloneTakeovers = 3

    /// Take-overs of one client within the window that are remembered: those on other nodes cannot be refused here.
    static let cloneMemoryTakeovers = 16

    /// The first delay that a quarantined instance is told. It doubles with every refusal.
    static let quarantineBase = TimeAmount.seconds(5)

    /// The longest delay; a repaired clone should not wait for longer than a coffee.
    static let quarantineMaximum = TimeAmount.minutes(5)

    /// After this long without a fight it is forgotten.
    static let cloneMemory = TimeAmount.minutes(10)

    /// Warnings of fights for a client id in a window of that length: enough to see which ids, however often their
    /// clones come back. The metric `crier_clients_quarantined_total` counts all.
    static let fightWarnings = 10

    /// The window of `fightWarnings`: a minute, in which a clone that obeys its delays comes back twice.
    static let fightWarningWindow = TimeAmount.minutes(1)

    /// Clients whose take-overs one registry shard remembers; the count of honest take-overs within a window is far
    /// lower, and a flood of identifiers must not grow the table.
    static let watchedClientsPerShard = 4_096

    // MARK: Admission

    /// How long a client stays away from a node that is full; the longest is twice that. 5 s: others have room, or
    /// somebody leaves.
    static let fullDelay = TimeAmount.seconds(5)

    /// How long a client stays away at least when too many connect at once: the next second has room.
    static let shortestTurn = TimeAmount.seconds(1)

    /// And at most: whoever must wait for longer should try another node before.
    static let longestTurn = TimeAmount.seconds(60)

    // MARK: Listing

    /// Clients in one page of a listing: a page is one visit to each loop, and less than a millisecond of it.
    static let clientsPerPage = 500
}
