/// Every bound of the SDK: name, number, unit, reason.
enum Limits {
    // MARK: Names and notices

    /// Bytes of UTF-8 in a file name: what Linux file systems take in one path component.
    static let fileNameBytes = 255
    /// Bytes of a `rollout_id` or `message_id` that is kept with a pull: ids, not documents.
    static let noticeTextBytes = 1024
    /// Blocks in a block table (8 MiB of digests): a TiB at the largest usual block of 16 MiB has 65,536.
    static let blocks = 262_144

    // MARK: Pulling

    /// Pulls that one agent keeps at a time, waiting ones included: a notice costs memory and a state file.
    static let pulls = 1024
    /// Notices that may wait for the same content: each is answered on its own.
    static let noticesPerContent = 16
    /// Downloads at once when the caller says nothing: one can stall without stopping the rest.
    static let concurrentDownloads = 2
    /// Bytes between two `fdatasync`s of a part: what a power cut can cost.
    static let syncIntervalBytes: Int64 = 16 << 20
    /// Bytes read at a time when hashing what is on disk: large enough to be sequential, small beside a cache.
    static let hashBufferBytes = 256 << 10
    /// Attempts in a row that bring no byte before a pull fails.
    static let attemptsWithoutProgress = 5
    /// Chunks in a row with a wrong CRC at one position before a pull fails: the fault is then not the wire's.
    static let checksumFailures = 3
    /// Silence after which a download is cut and begun again where it stands.
    static let stallTimeout: Duration = .seconds(30)
    /// How often a pull that ran out of disk looks for room.
    static let spaceCheckInterval: Duration = .seconds(10)
    /// How often a pull looks whether another process has finished with the same part.
    static let lockCheckInterval: Duration = .seconds(2)
    /// First and longest pause between attempts of a pull.
    static let pullBackoff: ClosedRange<Duration> = .seconds(1)...(.seconds(300))
    /// Age at which a part that nobody asks for any more is removed.
    static let partLifetime: Duration = .seconds(7 * 24 * 3600)
    /// Bytes of a state file: one notice, percent-encoded, with room.
    static let recordBytes = 16 << 10

    // MARK: Calls

    /// How long a call that asks one small thing may take.
    static let callTimeout: Duration = .seconds(30)
    /// First and longest pause between attempts of an upload: somebody is watching it.
    static let uploadBackoff: ClosedRange<Duration> = .milliseconds(250)...(.seconds(10))

    // MARK: Agents

    /// Messages that wait for the application before the agent stops reading: then the gateway sees who is slow.
    static let waitingMessages = 256
    /// Acknowledgements and reports that wait for a connection; of more, the oldest progress is forgotten first.
    static let waitingSends = 1024
    /// Message ids that are remembered to drop duplicates: what a gateway could send again after a reconnect.
    static let rememberedMessages = 4096
    /// gRPC's connection-backoff: first and longest pause between attempts to connect.
    static let connectBackoff: ClosedRange<Duration> = .seconds(1)...(.seconds(120))
    /// A session that lasted this long was good: the next attempt is the first again.
    static let stableSession: Duration = .seconds(30)
    /// How long a gateway may take to welcome us.
    static let welcomeTimeout: Duration = .seconds(20)
    /// The heartbeat interval when the gateway tells none.
    static let heartbeatInterval: Duration = .seconds(20)
    /// What a told heartbeat interval is brought into: no flood, and no session that nobody can tell from a dead one.
    static let heartbeatIntervals: ClosedRange<Duration> = .milliseconds(100)...(.seconds(3600))
    /// Intervals without a word from the gateway after which the session is dead.
    static let silentIntervals = 3
    /// The longest that a redirect can keep an agent waiting.
    static let longestRedirect: Duration = .seconds(3600)
    /// Targets of a redirect that are tried: a gateway that names more does not know what it wants.
    static let redirectTargets = 16
    /// How long after its redirect's time an agent waits for the gateway to end the stream, and hears what still came.
    /// The gateway does so at that time, its way and the machine's load beside.
    static let redirectPatience: Duration = .seconds(5)
    /// Age of the last report of progress at which the next is due, however little has come.
    static let progressReportInterval: Duration = .seconds(30)
    /// Reports of progress for a file that comes quickly: a tenth of it each.
    static let progressReportsPerFile: Int64 = 10

    // MARK: Key-value state

    /// Bytes of one revision's changes that a watcher holds until they are whole: 10,000 keys of one prefix deletion
    /// with values of 25 KiB each.
    static let revisionBytes = 256 << 20
    /// Silence after which a watch is dead: three times the 10 s in which a gateway says where it is.
    static let watchSilence: Duration = .seconds(30)
    /// First and longest pause between two watches: a gateway that restarts is found again at once.
    static let watchBackoff: ClosedRange<Duration> = .milliseconds(100)...(.seconds(5))
    /// Bytes of memory for a namespace's copy when nothing else is said: a small state, not a database.
    static let memoryBytes = 256 << 20
    /// Bytes that an entry of the copy costs beside its key and value.
    static let entryOverheadBytes = 128
    /// Keys of our own writes that wait to be told by the watch; then writes wait for it.
    static let aheadEntries = 10_000
    /// Events that wait for a subscriber when nothing else is said; a slower one hears that it missed some.
    static let subscriberEvents = 4096
    /// How long a lock outlives a holder that died, when nothing else is said.
    static let lockTimeToLive: Duration = .seconds(10)
    /// Renewals of a lock's lease in its time to live: two may fail.
    static let lockRenewals = 3
    /// Pause between attempts at a lock whose holder nobody has heard leave, and after a failed renewal.
    static let lockRetryInterval: Duration = .seconds(1)

    // MARK: Rate

    /// Bytes that may pass at once under a rate limit, whatever the rate: the default chunk.
    static let burstBytes: Int64 = 256 << 10
    /// The longest sleep of a limited transfer before it looks at its limit again: a new limit is felt within it.
    static let rateRecheckInterval: Duration = .milliseconds(250)
    /// Smallest and largest chunk that a gateway accepts to be asked for, in bytes.
    static let chunkBytes: ClosedRange<Int64> = (4 << 10)...(1 << 20)
}
