import CCrierMessages

/// What the gateway says on `Connect`.
public struct ServerMessage: WireMessage {
    /// What the gateway says.
    public var payload: Payload?
    /// The id that the gateway gave the message.
    public var messageID: String
    /// 0: ephemeral, nothing to acknowledge.
    public var sequence: UInt64
    /// When it expires: milliseconds since 1970; 0: never.
    public var expiresAt: Int64
    /// A newer message with this key replaces an older one that still waits.
    public var collapseKey: String
    /// W3C trace context.
    public var traceparent: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        payload: Payload? = nil,
        messageID: String = "",
        sequence: UInt64 = 0,
        expiresAt: Int64 = 0,
        collapseKey: String = "",
        traceparent: String = ""
    ) {
        self.payload = payload
        self.messageID = messageID
        self.sequence = sequence
        self.expiresAt = expiresAt
        self.collapseKey = collapseKey
        self.traceparent = traceparent
    }

    /// What the message says.
    public enum Payload: Sendable, Equatable {
        case text(TextMessage)
        indirect case fileNotice(FileNotice)
        case event(NotifyEvent)
        indirect case welcome(Welcome)
        case heartbeat(Heartbeat)
        indirect case redirect(Redirect)
        indirect case fileControl(FileControl)
        case data([UInt8])
    }
}

extension ServerMessage: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ServerMessage", crier__v1__server_message__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ServerMessage) throws(WireError) {
        payload = try Payload(c)
        messageID = try c.message_id.string("ServerMessage", "message_id")
        sequence = c.sequence
        expiresAt = c.expires_at
        collapseKey = try c.collapse_key.string("ServerMessage", "collapse_key")
        traceparent = try c.traceparent.string("ServerMessage", "traceparent")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ServerMessage> {
        let c = scratch.make(crier__v1__server_message__init)
        payload?.fill(c, &scratch)
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.sequence = sequence
        c.pointee.expires_at = expiresAt
        c.pointee.collapse_key = scratch.copy(collapseKey)
        c.pointee.traceparent = scratch.copy(traceparent)
        return c
    }
}

extension ServerMessage.Payload {
    init?(_ c: Crier__V1__ServerMessage) throws(WireError) {
        switch c.payload_case {
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_TEXT:
            guard let text = try TextMessage.read(c.text) else { return nil }
            self = .text(text)
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_FILE_NOTICE:
            guard let fileNotice = try FileNotice.read(c.file_notice) else { return nil }
            self = .fileNotice(fileNotice)
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_EVENT:
            guard let event = try NotifyEvent.read(c.event) else { return nil }
            self = .event(event)
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_WELCOME:
            guard let welcome = try Welcome.read(c.welcome) else { return nil }
            self = .welcome(welcome)
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_HEARTBEAT:
            guard let heartbeat = try Heartbeat.read(c.heartbeat) else { return nil }
            self = .heartbeat(heartbeat)
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_REDIRECT:
            guard let redirect = try Redirect.read(c.redirect) else { return nil }
            self = .redirect(redirect)
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_FILE_CONTROL:
            guard let fileControl = try FileControl.read(c.file_control) else { return nil }
            self = .fileControl(fileControl)
        case CRIER__V1__SERVER_MESSAGE__PAYLOAD_DATA:
            self = .data(c.data.bytes)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Crier__V1__ServerMessage>, _ scratch: inout Scratch) {
        switch self {
        case .text(let text):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_TEXT
            c.pointee.text = text.fill(&scratch)
        case .fileNotice(let fileNotice):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_FILE_NOTICE
            c.pointee.file_notice = fileNotice.fill(&scratch)
        case .event(let event):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_EVENT
            c.pointee.event = event.fill(&scratch)
        case .welcome(let welcome):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_WELCOME
            c.pointee.welcome = welcome.fill(&scratch)
        case .heartbeat(let heartbeat):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_HEARTBEAT
            c.pointee.heartbeat = heartbeat.fill(&scratch)
        case .redirect(let redirect):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_REDIRECT
            c.pointee.redirect = redirect.fill(&scratch)
        case .fileControl(let fileControl):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_FILE_CONTROL
            c.pointee.file_control = fileControl.fill(&scratch)
        case .data(let data):
            c.pointee.payload_case = CRIER__V1__SERVER_MESSAGE__PAYLOAD_DATA
            c.pointee.data = scratch.copy(data)
        }
    }
}
