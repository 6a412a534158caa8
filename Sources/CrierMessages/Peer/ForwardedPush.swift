import CCrierMessages

/// One push on its way to the node that holds its client.
public struct ForwardedPush: WireMessage {
    /// The caller's; comes back in the answer.
    public var tag: UInt64
    /// The client to tell.
    public var clientID: String
    /// Of the session that the caller means: delivered to that one or a newer one.
    public var generation: UInt64
    /// A `ServerMessage` in gRPC's length-prefixed form.
    public var message: [UInt8]
    /// When the answer comes.
    public var waitFor: PushRequest.WaitFor
    /// RECEIVED and APPLIED: how long the caller still waits.
    public var timeoutMs: Int64
    /// RECEIVED and APPLIED: what the client acknowledges.
    public var messageID: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        tag: UInt64 = 0,
        clientID: String = "",
        generation: UInt64 = 0,
        message: [UInt8] = [],
        waitFor: PushRequest.WaitFor = .written,
        timeoutMs: Int64 = 0,
        messageID: String = ""
    ) {
        self.tag = tag
        self.clientID = clientID
        self.generation = generation
        self.message = message
        self.waitFor = waitFor
        self.timeoutMs = timeoutMs
        self.messageID = messageID
    }
}

extension ForwardedPush: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ForwardedPush", crier__v1__forwarded_push__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ForwardedPush) throws(WireError) {
        tag = c.tag
        clientID = try c.client_id.string("ForwardedPush", "client_id")
        generation = c.generation
        message = c.message.bytes
        waitFor = PushRequest.WaitFor(c.wait_for)
        timeoutMs = c.timeout_ms
        messageID = try c.message_id.string("ForwardedPush", "message_id")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ForwardedPush> {
        let c = scratch.make(crier__v1__forwarded_push__init)
        c.pointee.tag = tag
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.generation = generation
        c.pointee.message = scratch.copy(message)
        c.pointee.wait_for = waitFor.c
        c.pointee.timeout_ms = timeoutMs
        c.pointee.message_id = scratch.copy(messageID)
        return c
    }
}
