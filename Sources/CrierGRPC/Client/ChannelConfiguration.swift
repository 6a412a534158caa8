public import CrierHTTP2
import NIOCore

/// How a client's channel connects and what it takes.
public struct ChannelConfiguration: Sendable {
    public var http2 = HTTP2ClientConfiguration()
    public var limits = GRPCLimits()
    public var backoff = ConnectionBackoff()
    /// Sent as `user-agent`.
    public var userAgent = "crier-swift"

    public init() {
        // gRFC A8: servers permit one PING in five minutes at first. The gateway's own PINGs come after 60 s of
        // silence, so a client that hears nothing for longer than that is alone.
        http2.keepalive.idleBeforePing = .minutes(5)
        http2.keepalive.pingWithoutCalls = false
    }
}

/// What one call asks beside its method and messages.
public struct CallOptions: Sendable {
    /// From now; also told to the server (`grpc-timeout`). nil: none.
    public var timeout: Duration?
    public var metadata: Metadata
    /// Wait for a connection instead of failing with UNAVAILABLE while there is none (wait-for-ready.md).
    public var waitForReady: Bool
    /// Compress messages with gzip.
    public var gzip: Bool
    /// How long not a byte may come while messages are waited for; then the call ends with UNAVAILABLE. For streams on
    /// which the server speaks from time to time: a host that is gone does not say so. nil: for ever.
    public var silence: Duration?

    public init(
        timeout: Duration? = nil,
        metadata: Metadata = [:],
        waitForReady: Bool = false,
        gzip: Bool = false,
        silence: Duration? = nil
    ) {
        self.timeout = timeout
        self.metadata = metadata
        self.waitForReady = waitForReady
        self.gzip = gzip
        self.silence = silence
    }
}
