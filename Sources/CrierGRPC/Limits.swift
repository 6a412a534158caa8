import NIOCore

/// The limits of one side's gRPC calls.
public struct GRPCLimits: Sendable {
    /// The largest message that is taken, bytes, after decompression. 4 MiB: gRPC's default in every language.
    public var inboundMessageBytes: Int = 4 * 1024 * 1024

    /// Calls in the `async` form that run or wait at once on a server. 10,000: each costs about 2 KiB.
    public var asyncCalls: Int = 10_000

    public init() {}
}

/// Limits that are not a matter of settings.
enum Limit {
    /// Bytes of received messages that an `async` reader leaves unread before the peer is stopped. 256 KiB.
    static let unreadBytes = 256 * 1024

    /// Responses smaller than this are sent as they are, also to a client that asked for gzip. 1 KiB: below it the
    /// header of gzip eats the gain.
    static let compressionMinimumBytes = 1024

    /// Calls that wait for a client's connection. 10,000: a second's work of a busy backend.
    static let waitingCalls = 10_000

    /// Bytes that a call keeps of what it sent until the server answers, to send them again when it is refused. 256
    /// KiB: what gRPC's other implementations keep of one call (gRFC A6, `per_rpc_buffer_limit_in_bytes`).
    static let retryBytes = 256 * 1024

    /// Digits of a `grpc-timeout` (PROTOCOL-HTTP2.md): at most 8.
    static let timeoutDigits = 8

    /// How long calls of a connection that was left for another target may still run. 30 s.
    static let redirectGrace = TimeAmount.seconds(30)

    /// Bytes of a message that must have come before room for all of it is taken. 32 KiB: two frames of the default
    /// size.
    static let reservingBytes = 32 * 1024
}
