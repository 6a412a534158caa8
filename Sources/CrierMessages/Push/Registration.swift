import CCrierMessages

/// The first message of an agent that has no session to go on with.
public struct RegisterRequest: WireMessage {
    /// 1 to 255 bytes of UTF-8, no control characters, no NUL.
    public var clientID: String
    /// What a selector can match; at most 64.
    public var labels: [Label]
    /// Random for each agent process: tells a reconnect from a second agent with the same id.
    public var instanceID: String
    /// Grows with each connect of this instance: a late handshake loses.
    public var attempt: UInt64
    /// The version of the agent's program.
    public var agentVersion: String
    /// The last durable sequence this agent has finished with.
    public var acknowledged: UInt64

    /// A message with these fields; the defaults are those of the wire.
    public init(
        clientID: String = "",
        labels: [Label] = [],
        instanceID: String = "",
        attempt: UInt64 = 0,
        agentVersion: String = "",
        acknowledged: UInt64 = 0
    ) {
        self.clientID = clientID
        self.labels = labels
        self.instanceID = instanceID
        self.attempt = attempt
        self.agentVersion = agentVersion
        self.acknowledged = acknowledged
    }
}

extension RegisterRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "RegisterRequest", crier__v1__register_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__RegisterRequest) throws(WireError) {
        clientID = try c.client_id.string("RegisterRequest", "client_id")
        labels = try Label.read(c.labels, c.n_labels)
        instanceID = try c.instance_id.string("RegisterRequest", "instance_id")
        attempt = c.attempt
        agentVersion = try c.agent_version.string("RegisterRequest", "agent_version")
        acknowledged = c.acknowledged
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__RegisterRequest> {
        let c = scratch.make(crier__v1__register_request__init)
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.n_labels = labels.count
        c.pointee.labels = scratch.copy(labels)
        c.pointee.instance_id = scratch.copy(instanceID)
        c.pointee.attempt = attempt
        c.pointee.agent_version = scratch.copy(agentVersion)
        c.pointee.acknowledged = acknowledged
        return c
    }
}

/// The first message of an agent that had a session before.
public struct ReconnectRequest: WireMessage {
    /// The client, 1 to 255 bytes of UTF-8 without control characters.
    public var clientID: String
    /// The session that broke off.
    public var lastSessionID: String
    /// The same facts as a register; client_id may be left empty here.
    public var register: RegisterRequest?

    /// A message with these fields; the defaults are those of the wire.
    public init(clientID: String = "", lastSessionID: String = "", register: RegisterRequest? = nil) {
        self.clientID = clientID
        self.lastSessionID = lastSessionID
        self.register = register
    }
}

extension ReconnectRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ReconnectRequest", crier__v1__reconnect_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ReconnectRequest) throws(WireError) {
        clientID = try c.client_id.string("ReconnectRequest", "client_id")
        lastSessionID = try c.last_session_id.string("ReconnectRequest", "last_session_id")
        register = try RegisterRequest.read(c.register_)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ReconnectRequest> {
        let c = scratch.make(crier__v1__reconnect_request__init)
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.last_session_id = scratch.copy(lastSessionID)
        if let register { c.pointee.register_ = register.fill(&scratch) }
        return c
    }
}

/// One thing that is true of a client, for selectors to match.
public struct Label: WireMessage {
    /// The label's name.
    public var key: String
    /// The label's value.
    public var value: String

    /// A message with these fields; the defaults are those of the wire.
    public init(key: String = "", value: String = "") {
        self.key = key
        self.value = value
    }
}

extension Label: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Label", crier__v1__label__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Label) throws(WireError) {
        key = try c.key.string("Label", "key")
        value = try c.value.string("Label", "value")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Label> {
        let c = scratch.make(crier__v1__label__init)
        c.pointee.key = scratch.copy(key)
        c.pointee.value = scratch.copy(value)
        return c
    }
}
