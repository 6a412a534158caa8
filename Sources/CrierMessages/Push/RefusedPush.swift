import CCrierMessages

/// Asks what nodes remember of a client's last refused push.
public struct RefusedPushesRequest: WireMessage {
    /// The client, 1 to 255 bytes of UTF-8 without control characters.
    public var clientID: String
    /// What every node of the cluster remembers; otherwise the node that is asked.
    public var allNodes: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(clientID: String = "", allNodes: Bool = false) {
        self.clientID = clientID
        self.allNodes = allNodes
    }
}

extension RefusedPushesRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "RefusedPushesRequest", crier__v1__refused_pushes_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__RefusedPushesRequest) throws(WireError) {
        clientID = try c.client_id.string("RefusedPushesRequest", "client_id")
        allNodes = c.all_nodes != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__RefusedPushesRequest> {
        let c = scratch.make(crier__v1__refused_pushes_request__init)
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.all_nodes = allNodes ? 1 : 0
        return c
    }
}

/// The last push for a client that came no further than the node that it was made on.
public struct RefusedPush: WireMessage {
    /// The node that it was made on.
    public var nodeID: String
    /// When its caller was told: milliseconds since 1970.
    public var at: Int64
    /// What became of it: `notConnected`, `congested`, `unavailable` or `unknown`.
    public var outcome: PushResponse.Outcome
    /// The id that the gateway gave the message.
    public var messageID: String
    /// Why, as its caller was told.
    public var detail: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        nodeID: String = "",
        at: Int64 = 0,
        outcome: PushResponse.Outcome = .unspecified,
        messageID: String = "",
        detail: String = ""
    ) {
        self.nodeID = nodeID
        self.at = at
        self.outcome = outcome
        self.messageID = messageID
        self.detail = detail
    }
}

extension RefusedPush: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "RefusedPush", crier__v1__refused_push__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__RefusedPush) throws(WireError) {
        nodeID = try c.node_id.string("RefusedPush", "node_id")
        at = c.at
        outcome = PushResponse.Outcome(c.outcome)
        messageID = try c.message_id.string("RefusedPush", "message_id")
        detail = try c.detail.string("RefusedPush", "detail")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__RefusedPush> {
        let c = scratch.make(crier__v1__refused_push__init)
        c.pointee.node_id = scratch.copy(nodeID)
        c.pointee.at = at
        c.pointee.outcome = outcome.c
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.detail = scratch.copy(detail)
        return c
    }
}
