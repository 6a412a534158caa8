import CCrierMessages

/// Asks who is connected.
public struct ListClientsRequest: WireMessage {
    /// Empty: every client.
    public var clientIDPrefix: String
    /// All must match.
    public var labels: [Label]
    /// Of every node of the cluster; otherwise of the node that is asked.
    public var allNodes: Bool
    /// Of that node.
    public var nodeID: String

    /// A message with these fields; the defaults are those of the wire.
    public init(clientIDPrefix: String = "", labels: [Label] = [], allNodes: Bool = false, nodeID: String = "") {
        self.clientIDPrefix = clientIDPrefix
        self.labels = labels
        self.allNodes = allNodes
        self.nodeID = nodeID
    }
}

extension ListClientsRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ListClientsRequest", crier__v1__list_clients_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ListClientsRequest) throws(WireError) {
        clientIDPrefix = try c.client_id_prefix.string("ListClientsRequest", "client_id_prefix")
        labels = try Label.read(c.labels, c.n_labels)
        allNodes = c.all_nodes != 0
        nodeID = try c.node_id.string("ListClientsRequest", "node_id")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ListClientsRequest> {
        let c = scratch.make(crier__v1__list_clients_request__init)
        c.pointee.client_id_prefix = scratch.copy(clientIDPrefix)
        c.pointee.n_labels = labels.count
        c.pointee.labels = scratch.copy(labels)
        c.pointee.all_nodes = allNodes ? 1 : 0
        c.pointee.node_id = scratch.copy(nodeID)
        return c
    }
}

/// One connected client.
public struct ClientInfo: WireMessage {
    /// The client, 1 to 255 bytes of UTF-8 without control characters.
    public var clientID: String
    /// The session, a random id.
    public var sessionID: String
    /// The node that holds the session.
    public var nodeID: String
    /// Grows with every session of this client, over all nodes.
    public var generation: UInt64
    /// When the session began: milliseconds since 1970.
    public var connectedAt: Int64
    /// When the client was last heard: milliseconds since 1970; the last message or answered PING.
    public var lastHeardAt: Int64
    /// Host:port of the peer, as the node sees it.
    public var address: String
    /// The version of the agent's program.
    public var agentVersion: String
    /// What a selector can match.
    public var labels: [Label]
    /// Random for each agent process; empty: unknown.
    public var instanceID: String
    /// Accepted for this client and not yet handed to its socket.
    public var queuedBytes: Int64
    /// Of its connection, in microseconds, as the kernel measures it; 0: not known.
    public var roundTripUs: Int64
    /// Pushes that wait for its acknowledgement.
    public var awaitedAcks: Int64
    /// The last push that reached this session's node; nil: none.
    public var lastPush: LastPush?

    /// A message with these fields; the defaults are those of the wire.
    public init(
        clientID: String = "",
        sessionID: String = "",
        nodeID: String = "",
        generation: UInt64 = 0,
        connectedAt: Int64 = 0,
        lastHeardAt: Int64 = 0,
        address: String = "",
        agentVersion: String = "",
        labels: [Label] = [],
        instanceID: String = "",
        queuedBytes: Int64 = 0,
        roundTripUs: Int64 = 0,
        awaitedAcks: Int64 = 0,
        lastPush: LastPush? = nil
    ) {
        self.clientID = clientID
        self.sessionID = sessionID
        self.nodeID = nodeID
        self.generation = generation
        self.connectedAt = connectedAt
        self.lastHeardAt = lastHeardAt
        self.address = address
        self.agentVersion = agentVersion
        self.labels = labels
        self.instanceID = instanceID
        self.queuedBytes = queuedBytes
        self.roundTripUs = roundTripUs
        self.awaitedAcks = awaitedAcks
        self.lastPush = lastPush
    }
}

extension ClientInfo: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ClientInfo", crier__v1__client_info__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ClientInfo) throws(WireError) {
        clientID = try c.client_id.string("ClientInfo", "client_id")
        sessionID = try c.session_id.string("ClientInfo", "session_id")
        nodeID = try c.node_id.string("ClientInfo", "node_id")
        generation = c.generation
        connectedAt = c.connected_at
        lastHeardAt = c.last_heard_at
        address = try c.address.string("ClientInfo", "address")
        agentVersion = try c.agent_version.string("ClientInfo", "agent_version")
        labels = try Label.read(c.labels, c.n_labels)
        instanceID = try c.instance_id.string("ClientInfo", "instance_id")
        queuedBytes = c.queued_bytes
        roundTripUs = c.round_trip_us
        awaitedAcks = c.awaited_acks
        lastPush = try LastPush.read(c.last_push)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ClientInfo> {
        let c = scratch.make(crier__v1__client_info__init)
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.session_id = scratch.copy(sessionID)
        c.pointee.node_id = scratch.copy(nodeID)
        c.pointee.generation = generation
        c.pointee.connected_at = connectedAt
        c.pointee.last_heard_at = lastHeardAt
        c.pointee.address = scratch.copy(address)
        c.pointee.agent_version = scratch.copy(agentVersion)
        c.pointee.n_labels = labels.count
        c.pointee.labels = scratch.copy(labels)
        c.pointee.instance_id = scratch.copy(instanceID)
        c.pointee.queued_bytes = queuedBytes
        c.pointee.round_trip_us = roundTripUs
        c.pointee.awaited_acks = awaitedAcks
        if let lastPush { c.pointee.last_push = lastPush.fill(&scratch) }
        return c
    }
}
