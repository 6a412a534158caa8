import CCrierMessages

/// The gateway's first message of every session.
public struct Welcome: WireMessage {
    /// The session, a random id.
    public var sessionID: String
    /// The gateway node.
    public var nodeID: String
    /// How often the agent should beat, in milliseconds.
    public var heartbeatIntervalMs: Int64
    /// The named last session was known and nothing between was lost.
    public var resumed: Bool
    /// The mailbox position at this moment, also when it is empty.
    public var sequence: UInt64
    /// Grows with every session of this client, over all nodes.
    public var generation: UInt64
    /// The gateway's clock: milliseconds since 1970.
    public var serverTime: Int64
    /// The version of the gateway's program.
    public var serverVersion: String
    /// The largest message that the gateway takes, in bytes.
    public var maxMessageBytes: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(
        sessionID: String = "",
        nodeID: String = "",
        heartbeatIntervalMs: Int64 = 0,
        resumed: Bool = false,
        sequence: UInt64 = 0,
        generation: UInt64 = 0,
        serverTime: Int64 = 0,
        serverVersion: String = "",
        maxMessageBytes: Int64 = 0
    ) {
        self.sessionID = sessionID
        self.nodeID = nodeID
        self.heartbeatIntervalMs = heartbeatIntervalMs
        self.resumed = resumed
        self.sequence = sequence
        self.generation = generation
        self.serverTime = serverTime
        self.serverVersion = serverVersion
        self.maxMessageBytes = maxMessageBytes
    }
}

extension Welcome: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Welcome", crier__v1__welcome__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Welcome) throws(WireError) {
        sessionID = try c.session_id.string("Welcome", "session_id")
        nodeID = try c.node_id.string("Welcome", "node_id")
        heartbeatIntervalMs = c.heartbeat_interval_ms
        resumed = c.resumed != 0
        sequence = c.sequence
        generation = c.generation
        serverTime = c.server_time
        serverVersion = try c.server_version.string("Welcome", "server_version")
        maxMessageBytes = c.max_message_bytes
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Welcome> {
        let c = scratch.make(crier__v1__welcome__init)
        c.pointee.session_id = scratch.copy(sessionID)
        c.pointee.node_id = scratch.copy(nodeID)
        c.pointee.heartbeat_interval_ms = heartbeatIntervalMs
        c.pointee.resumed = resumed ? 1 : 0
        c.pointee.sequence = sequence
        c.pointee.generation = generation
        c.pointee.server_time = serverTime
        c.pointee.server_version = scratch.copy(serverVersion)
        c.pointee.max_message_bytes = maxMessageBytes
        return c
    }
}
