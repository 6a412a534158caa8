import NIOCore

/// How long the port waits for a client. Tests wait less.
struct HTTPPatience: Sendable {
    /// A connection may be silent.
    var idle = HTTPLimits.idleTimeout
    /// A body may take from its first byte to its last.
    var body = HTTPLimits.bodyTimeout
    /// A client may take nothing of what waits for it.
    var stall = HTTPLimits.stallTimeout
    /// What still comes after the last answer is thrown away.
    var linger = HTTPLimits.linger
}
