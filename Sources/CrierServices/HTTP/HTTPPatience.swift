import NIOCore

/// How long the port waits for its clients, and they for it. Tests change it: less, or without end.
struct HTTPPatience: Sendable {
    /// A connection may be silent.
    var idle = HTTPLimits.idleTimeout
    /// A body may take from its first byte to its last.
    var body = HTTPLimits.bodyTimeout
    /// A client may take nothing of what waits for it.
    var stall = HTTPLimits.stallTimeout
    /// An event stream may be silent.
    var bookmark = RESTLimits.bookmarkInterval
    /// What still comes after the last answer is thrown away.
    var linger = HTTPLimits.linger
}
