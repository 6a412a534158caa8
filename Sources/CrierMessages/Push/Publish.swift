import CCrierMessages

/// One message for many clients.
public struct PublishRequest: WireMessage {
    /// Which clients.
    public var selector: Selector?
    /// Its client_id is ignored.
    public var message: PushRequest?

    /// A message with these fields; the defaults are those of the wire.
    public init(selector: Selector? = nil, message: PushRequest? = nil) {
        self.selector = selector
        self.message = message
    }
}

extension PublishRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PublishRequest", crier__v1__publish_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__PublishRequest) throws(WireError) {
        selector = try Selector.read(c.selector)
        message = try PushRequest.read(c.message)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PublishRequest> {
        let c = scratch.make(crier__v1__publish_request__init)
        if let selector { c.pointee.selector = selector.fill(&scratch) }
        if let message { c.pointee.message = message.fill(&scratch) }
        return c
    }
}

/// What became of a publication.
public struct PublishResponse: WireMessage {
    /// The id that the gateway gave the message.
    public var messageID: String
    /// Clients that the selector matched.
    public var matched: UInt64
    /// Clients to whose streams it was handed.
    public var written: UInt64
    /// Clients in whose mailboxes it waits.
    public var stored: UInt64
    /// Clients that it did not reach.
    public var failed: UInt64
    /// Nodes whose clients may have missed an ephemeral message.
    public var unreachableNodes: [String]

    /// A message with these fields; the defaults are those of the wire.
    public init(
        messageID: String = "",
        matched: UInt64 = 0,
        written: UInt64 = 0,
        stored: UInt64 = 0,
        failed: UInt64 = 0,
        unreachableNodes: [String] = []
    ) {
        self.messageID = messageID
        self.matched = matched
        self.written = written
        self.stored = stored
        self.failed = failed
        self.unreachableNodes = unreachableNodes
    }
}

extension PublishResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PublishResponse", crier__v1__publish_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__PublishResponse) throws(WireError) {
        messageID = try c.message_id.string("PublishResponse", "message_id")
        matched = c.matched
        written = c.written
        stored = c.stored
        failed = c.failed
        unreachableNodes = try ProtobufCBinaryData.strings(
            c.unreachable_nodes,
            c.n_unreachable_nodes,
            "PublishResponse",
            "unreachable_nodes"
        )
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PublishResponse> {
        let c = scratch.make(crier__v1__publish_response__init)
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.matched = matched
        c.pointee.written = written
        c.pointee.stored = stored
        c.pointee.failed = failed
        c.pointee.n_unreachable_nodes = unreachableNodes.count
        c.pointee.unreachable_nodes = scratch.copy(unreachableNodes)
        return c
    }
}

/// Which clients: those that are named, plus those that the rest matches.
public struct Selector: WireMessage {
    /// These clients.
    public var clientIDs: [String]
    /// All must match.
    public var labels: [Label]
    /// Any may match.
    public var groups: [String]
    /// Every client.
    public var all: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(clientIDs: [String] = [], labels: [Label] = [], groups: [String] = [], all: Bool = false) {
        self.clientIDs = clientIDs
        self.labels = labels
        self.groups = groups
        self.all = all
    }
}

extension Selector: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Selector", crier__v1__selector__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Selector) throws(WireError) {
        clientIDs = try ProtobufCBinaryData.strings(c.client_ids, c.n_client_ids, "Selector", "client_ids")
        labels = try Label.read(c.labels, c.n_labels)
        groups = try ProtobufCBinaryData.strings(c.groups, c.n_groups, "Selector", "groups")
        all = c.all != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Selector> {
        let c = scratch.make(crier__v1__selector__init)
        c.pointee.n_client_ids = clientIDs.count
        c.pointee.client_ids = scratch.copy(clientIDs)
        c.pointee.n_labels = labels.count
        c.pointee.labels = scratch.copy(labels)
        c.pointee.n_groups = groups.count
        c.pointee.groups = scratch.copy(groups)
        c.pointee.all = all ? 1 : 0
        return c
    }
}
