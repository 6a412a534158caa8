import CCrierMessages

/// What an agent says on `Connect`.
public struct ClientMessage: WireMessage {
    /// What the agent says.
    public var payload: Payload?

    /// A message with these fields; the defaults are those of the wire.
    public init(payload: Payload? = nil) {
        self.payload = payload
    }

    /// What the message says.
    public enum Payload: Sendable, Equatable {
        indirect case register(RegisterRequest)
        case heartbeat(Heartbeat)
        indirect case reconnect(ReconnectRequest)
        indirect case ack(Ack)
        indirect case fileStatus(FileStatus)
    }
}

extension ClientMessage: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ClientMessage", crier__v1__client_message__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ClientMessage) throws(WireError) {
        payload = try Payload(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ClientMessage> {
        let c = scratch.make(crier__v1__client_message__init)
        payload?.fill(c, &scratch)
        return c
    }
}

extension ClientMessage.Payload {
    init?(_ c: Crier__V1__ClientMessage) throws(WireError) {
        switch c.payload_case {
        case CRIER__V1__CLIENT_MESSAGE__PAYLOAD_REGISTER:
            guard let register = try RegisterRequest.read(c.register_) else { return nil }
            self = .register(register)
        case CRIER__V1__CLIENT_MESSAGE__PAYLOAD_HEARTBEAT:
            guard let heartbeat = try Heartbeat.read(c.heartbeat) else { return nil }
            self = .heartbeat(heartbeat)
        case CRIER__V1__CLIENT_MESSAGE__PAYLOAD_RECONNECT:
            guard let reconnect = try ReconnectRequest.read(c.reconnect) else { return nil }
            self = .reconnect(reconnect)
        case CRIER__V1__CLIENT_MESSAGE__PAYLOAD_ACK:
            guard let ack = try Ack.read(c.ack) else { return nil }
            self = .ack(ack)
        case CRIER__V1__CLIENT_MESSAGE__PAYLOAD_FILE_STATUS:
            guard let fileStatus = try FileStatus.read(c.file_status) else { return nil }
            self = .fileStatus(fileStatus)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Crier__V1__ClientMessage>, _ scratch: inout Scratch) {
        switch self {
        case .register(let register):
            c.pointee.payload_case = CRIER__V1__CLIENT_MESSAGE__PAYLOAD_REGISTER
            c.pointee.register_ = register.fill(&scratch)
        case .heartbeat(let heartbeat):
            c.pointee.payload_case = CRIER__V1__CLIENT_MESSAGE__PAYLOAD_HEARTBEAT
            c.pointee.heartbeat = heartbeat.fill(&scratch)
        case .reconnect(let reconnect):
            c.pointee.payload_case = CRIER__V1__CLIENT_MESSAGE__PAYLOAD_RECONNECT
            c.pointee.reconnect = reconnect.fill(&scratch)
        case .ack(let ack):
            c.pointee.payload_case = CRIER__V1__CLIENT_MESSAGE__PAYLOAD_ACK
            c.pointee.ack = ack.fill(&scratch)
        case .fileStatus(let fileStatus):
            c.pointee.payload_case = CRIER__V1__CLIENT_MESSAGE__PAYLOAD_FILE_STATUS
            c.pointee.file_status = fileStatus.fill(&scratch)
        }
    }
}
