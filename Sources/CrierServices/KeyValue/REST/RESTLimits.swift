import NIOCore

/// The limits of REST and of the event stream. What the key-value state itself limits stands in `KeyValueLimits`.
enum RESTLimits {
    /// Bytes of a request's body: a value of 1 MiB as base64 with room beside it.
    static let bodyBytes = 2 << 20
    /// Bytes of a body or a list from which its JSON is read and written beside the loop: a millisecond of work, for
    /// which the other connections of the loop need not wait.
    static let loopBytes = 64 << 10
    /// Items of `?history` when its number is left out: what a screen shows.
    static let defaultHistory = 10
    /// Times that a write under `If-Match` with several tags is tried anew while others change the entry between
    /// reading and writing; each try costs a commit.
    static let conditionTries = 8
    /// Open event streams at once: most of the port's connections, so that probes and writes always have room.
    static let streams = 768
    /// Seconds after which a refused caller may come again, as `Retry-After` tells it.
    static let retryAfterSeconds = 2
    /// Milliseconds that a browser waits before it opens a stream anew: soon, and not a storm after a restart.
    static let reconnectMilliseconds = 2_000
    /// Seconds for which a browser may remember the answer to a preflight: changes of the setting are seen within them.
    static let preflightSeconds = 600
    /// How long a stream may be silent: proxies commonly cut a connection that is, after 30 to 60 seconds.
    static let bookmarkInterval = TimeAmount.seconds(9)
    /// How often a stream looks whether it has been silent for too long: with this, it never is for 10 seconds.
    static let streamCheckInterval = TimeAmount.milliseconds(900)
    /// Bytes of events that go out at once: one write for many small events, and the reader's pace is felt.
    static let streamWriteBytes = 64 << 10
}
