public import NIOCore

/// What the gateway sends down a client's stream.
public struct Message: Sendable, Equatable {
    public var content: Content
    /// Empty for what needs no answer: Welcome, heartbeats, redirects.
    public var id: MessageID
    /// The place in the client's mailbox; 0 for ephemeral messages, of which there is nothing to acknowledge.
    public var sequence: UInt64
    /// Milliseconds since 1970; 0: never.
    public var expiresAt: Int64
    public var collapseKey: String
    /// W3C trace context, as the sender gave it.
    public var traceParent: String

    public init(
        _ content: Content,
        id: MessageID = MessageID(""),
        sequence: UInt64 = 0,
        expiresAt: Int64 = 0,
        collapseKey: String = "",
        traceParent: String = ""
    ) {
        self.content = content
        self.id = id
        self.sequence = sequence
        self.expiresAt = expiresAt
        self.collapseKey = collapseKey
        self.traceParent = traceParent
    }

    public enum Content: Sendable, Equatable {
        case text(String)
        case event(type: String, details: String)
        case fileNotice(FileNotice)
        case data([UInt8])
        case fileControl(FileControl)
        case welcome(Welcome)
        /// The client's own clock, sent back: milliseconds since 1970.
        case heartbeat(client: ClientID, timestamp: Int64)
        case redirect(Redirect)
    }
}

/// The first message of every session.
public struct Welcome: Sendable, Equatable {
    public var session: SessionID
    public var node: NodeID
    public var heartbeatInterval: TimeAmount
    /// The named last session was known, and nothing that was promised to last is lost.
    public var resumed: Bool
    /// The mailbox position at this moment; 0 while there are no durable messages.
    public var sequence: UInt64
    public var generation: Generation
    /// Milliseconds since 1970.
    public var serverTime: Int64
    public var serverVersion: String
    public var maximumMessageBytes: Int
}

/// Asks a client to connect again, elsewhere or later, or not at all.
public struct Redirect: Sendable, Equatable {
    public var after: TimeAmount
    /// `host:port`, best first; empty: wherever the client likes.
    public var targets: [String] = []
    public var reason: Reason
    /// The client must not come back: another session took its place.
    public var isFinal = false

    public enum Reason: String, Sendable {
        case drain, rebalance, superseded, quarantined
    }

    public init(_ reason: Reason, after: TimeAmount = .zero, isFinal: Bool = false) {
        self.reason = reason
        self.after = after
        self.isFinal = isFinal
    }
}
