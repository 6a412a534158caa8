import CCrierMessages

/// Asks what became of a message.
public struct ReceiptsRequest: WireMessage {
    /// The id that the gateway gave the message.
    public var messageID: String
    /// Keep the stream open until every receipt is final.
    public var follow: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(messageID: String = "", follow: Bool = false) {
        self.messageID = messageID
        self.follow = follow
    }
}

extension ReceiptsRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ReceiptsRequest", crier__v1__receipts_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ReceiptsRequest) throws(WireError) {
        messageID = try c.message_id.string("ReceiptsRequest", "message_id")
        follow = c.follow != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ReceiptsRequest> {
        let c = scratch.make(crier__v1__receipts_request__init)
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.follow = follow ? 1 : 0
        return c
    }
}

/// What became of a message at one client.
public struct Receipt: WireMessage {
    /// The id that the gateway gave the message.
    public var messageID: String
    /// The client, 1 to 255 bytes of UTF-8 without control characters.
    public var clientID: String
    /// What became of it.
    public var outcome: PushResponse.Outcome
    /// When: milliseconds since 1970.
    public var at: Int64
    /// More for people to read.
    public var detail: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        messageID: String = "",
        clientID: String = "",
        outcome: PushResponse.Outcome = .unspecified,
        at: Int64 = 0,
        detail: String = ""
    ) {
        self.messageID = messageID
        self.clientID = clientID
        self.outcome = outcome
        self.at = at
        self.detail = detail
    }
}

extension Receipt: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Receipt", crier__v1__receipt__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Receipt) throws(WireError) {
        messageID = try c.message_id.string("Receipt", "message_id")
        clientID = try c.client_id.string("Receipt", "client_id")
        outcome = PushResponse.Outcome(c.outcome)
        at = c.at
        detail = try c.detail.string("Receipt", "detail")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Receipt> {
        let c = scratch.make(crier__v1__receipt__init)
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.outcome = outcome.c
        c.pointee.at = at
        c.pointee.detail = scratch.copy(detail)
        return c
    }
}
