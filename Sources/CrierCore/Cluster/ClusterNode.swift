/// A node of the cluster, as its record in the registry says.
public struct ClusterNode: Sendable, Equatable {
    /// What the node does with clients.
    public enum State: Sendable, Equatable, CaseIterable {
        case up
        /// It takes no new clients and asks those it has to go elsewhere.
        case draining
    }

    public var id: NodeID
    public var incarnation: Incarnation
    /// `host:port` that other nodes dial.
    public var peerAddress: String
    /// `host:port` of the door for agents and backends.
    public var clientAddress: String
    public var state: State
    /// Clients that are connected to it, as last said.
    public var sessions: Int
    /// Clients that it takes at once; nil: any number, or it has not said (an older version).
    public var sessionLimit: Int?
    public var version: String

    public init(
        id: NodeID,
        incarnation: Incarnation,
        peerAddress: String,
        clientAddress: String,
        state: State = .up,
        sessions: Int = 0,
        sessionLimit: Int? = nil,
        version: String = ""
    ) {
        self.id = id
        self.incarnation = incarnation
        self.peerAddress = peerAddress
        self.clientAddress = clientAddress
        self.state = state
        self.sessions = sessions
        self.sessionLimit = sessionLimit
        self.version = version
    }
}
