import NIOCore

/// The limits of the program as a server.
enum ServeLimits {
    /// Threads that wait for the disk on behalf of files: enough to keep a fast one busy; each costs some ten KiB.
    static let diskThreads = 4
    /// How long calls that are open may go on once the agents are gone. A download that is cut off resumes.
    static let closeGrace = TimeAmount.seconds(5)
    /// Bytes of a file with a peer secret. 4 KiB: the longest secret and more white space than anybody leaves there.
    static let secretFileBytes = 4 << 10
    /// What `download-rate` may be, bytes a second: below 4 KiB a chunk takes longer than clients wait for one.
    static let downloadRates: ClosedRange<Int64> = 4 << 10...1 << 40
    /// Nodes that a file may be asked to be on. 9: more copies than that protect from nothing that 9 do not.
    static let fileReplicas = 1...9
    /// What `max-sessions` may be: more than 10 million agents fit no machine's memory.
    static let maxSessions = 1...10_000_000
    /// What `max-connect-rate` may be, connects a second: no machine does more.
    static let maxConnectRates = 1...1_000_000
    /// How long taking this node out of the registry may take. A store that is away must not keep it: its lease ends.
    static let registryLeave = TimeAmount.seconds(3)
    /// How long a connection to another node's door may take. 3 s: nodes are near each other.
    static let peerConnectTimeout = TimeAmount.seconds(3)
    /// Silence of another node, with open calls, after which it is asked whether it lives. 5 s: what waits for it is in
    /// no hurry; the links that carry pushes ask sooner.
    static let peerSilence = TimeAmount.seconds(5)
    /// How long it may take to answer that. 5 s: a node that is gone is known to be after 10 s, like one that is lost
    /// to the registry.
    static let peerAnswer = TimeAmount.seconds(5)
    /// What ending may take beyond the drain and the grace before everything is cancelled.
    static let shutdownSlack = TimeAmount.seconds(10)
    /// Between two looks at the store: a watcher must hear where it is at least every 10 s.
    static let housekeepingInterval = Duration.seconds(5)
    /// Between two looks at what malloc keeps. 10 s: soon after a burst, and one short pause in as many seconds.
    static let memoryCheckInterval = Duration.seconds(10)
    /// Free memory that malloc may keep. 16 MiB: what the next burst takes at once.
    static let keptFreeBytes: UInt = 16 * 1024 * 1024
}
