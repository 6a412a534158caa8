/// The facts that a client connects with; checked when it is made.
public struct Registration: Sendable, Equatable {
    public let client: ClientID
    public let labels: [Label]
    public let instance: InstanceID
    /// Grows with each connect of the instance; 0: not given.
    public let attempt: UInt64
    public let agentVersion: String
    /// The session that a returning client had before, if it names one.
    public let lastSession: SessionID?
    /// The last durable sequence that the client has finished with.
    public let acknowledged: UInt64

    /// Throws INVALID_ARGUMENT naming the field that is over its limit.
    public init(
        client: ClientID,
        labels: [Label] = [],
        instance: InstanceID = .unknown,
        attempt: UInt64 = 0,
        agentVersion: String = "",
        lastSession: SessionID? = nil,
        acknowledged: UInt64 = 0
    ) throws(GatewayError) {
        try Label.check(labels)
        try GatewayError.check("agent_version", agentVersion, atMost: Limits.agentVersionBytes)
        self.client = client
        self.labels = labels
        self.instance = instance
        self.attempt = attempt
        self.agentVersion = agentVersion
        self.lastSession = lastSession
        self.acknowledged = acknowledged
    }
}
