public import NIOCore

/// One connected client, as listings show it.
public struct ClientInfo: Sendable, Equatable {
    public var client: ClientID
    public var session: SessionID
    public var generation: Generation
    public var node: NodeID
    public var instance: InstanceID
    public var labels: [Label]
    public var agentVersion: String
    /// Milliseconds since 1970.
    public var connectedAt: Int64
    /// When its last message came; milliseconds since 1970.
    public var lastHeardAt: Int64
    /// `host:port`.
    public var address: String
    /// Delivered and not yet handed to its socket.
    public var queuedBytes: Int
    /// Of its connection, if it is known.
    public var roundTrip: TimeAmount?
    /// Pushes that wait for its acknowledgement.
    public var awaitedAcks: Int
    /// nil: none has come to this session.
    public var lastPush: LastPush?

    /// What became of the last push.
    public struct LastPush: Sendable, Equatable {
        /// Milliseconds since 1970, some seconds early at most.
        public var at: Int64
        public var outcome: PushResult.Outcome
        /// The node that it came to; nil: the one that holds the client.
        public var from: NodeID?
    }
}

/// What a listing looks for.
public struct ClientQuery: Sendable, Equatable {
    /// What a client id must begin with; empty: any.
    public var prefix: String
    /// All must match.
    public var labels: [Label]

    public init(prefix: String = "", labels: [Label] = []) {
        self.prefix = prefix
        self.labels = labels
    }
}
