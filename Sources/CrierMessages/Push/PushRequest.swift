import CCrierMessages

/// One message for one client.
public struct PushRequest: WireMessage {
    /// The client to tell.
    public var clientID: String
    /// Sent as TextMessage when `content` is not set.
    public var message: String
    /// What to deliver; absent: `message` as text.
    public var content: Content?
    /// Keep it until the client acknowledges it or it expires.
    public var durable: Bool
    /// 0: the gateway's default for durable messages; never for ephemeral ones.
    public var ttlMs: Int64
    /// The same key within 24 hours answers with the first result.
    public var idempotencyKey: String
    /// A newer message with this key replaces an older one that still waits.
    public var collapseKey: String
    /// When the answer comes.
    public var waitFor: WaitFor
    /// PushStream: comes back in the response.
    public var tag: UInt64
    /// W3C trace context.
    public var traceparent: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        clientID: String = "",
        message: String = "",
        content: Content? = nil,
        durable: Bool = false,
        ttlMs: Int64 = 0,
        idempotencyKey: String = "",
        collapseKey: String = "",
        waitFor: WaitFor = .written,
        tag: UInt64 = 0,
        traceparent: String = ""
    ) {
        self.clientID = clientID
        self.message = message
        self.content = content
        self.durable = durable
        self.ttlMs = ttlMs
        self.idempotencyKey = idempotencyKey
        self.collapseKey = collapseKey
        self.waitFor = waitFor
        self.tag = tag
        self.traceparent = traceparent
    }

    /// What an answer waits for.
    public enum WaitFor: RawRepresentable, Hashable, Sendable {
        /// Ephemeral: handed to the client's stream. durable: committed to the store.
        case written
        /// The client acknowledged it.
        case received
        /// The client says that it did it.
        case applied
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .written
                case 1: .received
                case 2: .applied
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .written: 0
            case .received: 1
            case .applied: 2
            case .unrecognized(let value): value
            }
        }
    }

    /// What can be delivered.
    public enum Content: Sendable, Equatable {
        case text(TextMessage)
        /// Only file_id is needed; the gateway fills in the rest from its store.
        indirect case fileNotice(FileNotice)
        case event(NotifyEvent)
        case data([UInt8])
        indirect case fileControl(FileControl)
    }
}

extension PushRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PushRequest", crier__v1__push_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__PushRequest) throws(WireError) {
        // First all that can fail: a value that could be left half made is copied whole when it is done.
        let clientID = try c.client_id.string("PushRequest", "client_id")
        let message = try c.message.string("PushRequest", "message")
        let content = try Content(c)
        let idempotencyKey = try c.idempotency_key.string("PushRequest", "idempotency_key")
        let collapseKey = try c.collapse_key.string("PushRequest", "collapse_key")
        let traceparent = try c.traceparent.string("PushRequest", "traceparent")
        self.clientID = clientID
        self.message = message
        self.content = content
        durable = c.durable != 0
        ttlMs = c.ttl_ms
        self.idempotencyKey = idempotencyKey
        self.collapseKey = collapseKey
        waitFor = WaitFor(c.wait_for)
        tag = c.tag
        self.traceparent = traceparent
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PushRequest> {
        let c = scratch.make(crier__v1__push_request__init)
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.message = scratch.copy(message)
        content?.fill(c, &scratch)
        c.pointee.durable = durable ? 1 : 0
        c.pointee.ttl_ms = ttlMs
        c.pointee.idempotency_key = scratch.copy(idempotencyKey)
        c.pointee.collapse_key = scratch.copy(collapseKey)
        c.pointee.wait_for = waitFor.c
        c.pointee.tag = tag
        c.pointee.traceparent = scratch.copy(traceparent)
        return c
    }
}

extension PushRequest.Content {
    init?(_ c: Crier__V1__PushRequest) throws(WireError) {
        switch c.content_case {
        case CRIER__V1__PUSH_REQUEST__CONTENT_TEXT:
            guard let text = try TextMessage.read(c.text) else { return nil }
            self = .text(text)
        case CRIER__V1__PUSH_REQUEST__CONTENT_FILE_NOTICE:
            guard let fileNotice = try FileNotice.read(c.file_notice) else { return nil }
            self = .fileNotice(fileNotice)
        case CRIER__V1__PUSH_REQUEST__CONTENT_EVENT:
            guard let event = try NotifyEvent.read(c.event) else { return nil }
            self = .event(event)
        case CRIER__V1__PUSH_REQUEST__CONTENT_DATA:
            self = .data(c.data.bytes)
        case CRIER__V1__PUSH_REQUEST__CONTENT_FILE_CONTROL:
            guard let fileControl = try FileControl.read(c.file_control) else { return nil }
            self = .fileControl(fileControl)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Crier__V1__PushRequest>, _ scratch: inout Scratch) {
        switch self {
        case .text(let text):
            c.pointee.content_case = CRIER__V1__PUSH_REQUEST__CONTENT_TEXT
            c.pointee.text = text.fill(&scratch)
        case .fileNotice(let fileNotice):
            c.pointee.content_case = CRIER__V1__PUSH_REQUEST__CONTENT_FILE_NOTICE
            c.pointee.file_notice = fileNotice.fill(&scratch)
        case .event(let event):
            c.pointee.content_case = CRIER__V1__PUSH_REQUEST__CONTENT_EVENT
            c.pointee.event = event.fill(&scratch)
        case .data(let data):
            c.pointee.content_case = CRIER__V1__PUSH_REQUEST__CONTENT_DATA
            c.pointee.data = scratch.copy(data)
        case .fileControl(let fileControl):
            c.pointee.content_case = CRIER__V1__PUSH_REQUEST__CONTENT_FILE_CONTROL
            c.pointee.file_control = fileControl.fill(&scratch)
        }
    }
}

extension PushRequest.WaitFor {
    init(_ c: Crier__V1__PushRequest__WaitFor) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__PushRequest__WaitFor { Crier__V1__PushRequest__WaitFor(rawValue: UInt32(bitPattern: rawValue)) }
}
