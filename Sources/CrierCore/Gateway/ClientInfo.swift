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
}

/// What a listing looks for.
public struct ClientQuery: Sendable, Equatable {
    /// The page begins after this id, in the order of bytes.
    public var after: ClientID?
    /// What a client id must begin with; empty: any.
    public var prefix: String
    /// All must match.
    public var labels: [Label]
    /// Clients in the page; brought into `Limits.clientsPerPage`.
    public var limit: Int

    public init(
        after: ClientID? = nil,
        prefix: String = "",
        labels: [Label] = [],
        limit: Int = Limits.clientsPerPage.upperBound
    ) {
        self.after = after
        self.prefix = prefix
        self.labels = labels
        self.limit = min(max(limit, Limits.clientsPerPage.lowerBound), Limits.clientsPerPage.upperBound)
    }
}

extension Gateway {
    /// One page of the clients that are connected here, in the order of their ids.
    ///
    /// Takes time in proportion to all clients: call it from a task, not from a loop. Clients that come and go
    /// meanwhile may be missed or listed; each one that stays is listed once.
    public func clients(_ query: ClientQuery = ClientQuery()) -> [ClientInfo] {
        context.registry.sessions(after: query.after)
            .filter { session in
                session.client.rawValue.utf8.starts(with: query.prefix.utf8)
                    && query.labels.allSatisfy(session.labels.contains)
            }
            .sorted { $0.client < $1.client }
            .prefix(query.limit)
            .map { ClientInfo($0, node: context.node) }
    }

    /// How many clients are connected here.
    public var clientCount: Int { context.registry.count }
}

extension ClientInfo {
    init(_ session: Session, node: NodeID) {
        client = session.client
        self.session = session.id
        generation = session.generation
        self.node = node
        instance = session.instance
        labels = session.labels
        agentVersion = session.agentVersion
        connectedAt = session.connectedAt
    }
}
