import CCrierMessages

/// An agent has a message, or is done with it.
public struct Ack: WireMessage {
    /// Everything up to and including this durable sequence.
    public var sequence: UInt64
    /// How far the agent is with it.
    public var stage: Stage
    /// Set: this one message only.
    public var messageID: String
    /// More for people to read.
    public var detail: String

    /// A message with these fields; the defaults are those of the wire.
    public init(sequence: UInt64 = 0, stage: Stage = .received, messageID: String = "", detail: String = "") {
        self.sequence = sequence
        self.stage = stage
        self.messageID = messageID
        self.detail = detail
    }

    /// How far an agent is with a message.
    public enum Stage: RawRepresentable, Hashable, Sendable {
        case received
        /// The agent did what the message asked.
        case applied
        /// It will not; detail says why.
        case rejected
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .received
                case 1: .applied
                case 2: .rejected
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .received: 0
            case .applied: 1
            case .rejected: 2
            case .unrecognized(let value): value
            }
        }
    }
}

extension Ack: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Ack", crier__v1__ack__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Ack) throws(WireError) {
        sequence = c.sequence
        stage = Stage(c.stage)
        messageID = try c.message_id.string("Ack", "message_id")
        detail = try c.detail.string("Ack", "detail")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Ack> {
        let c = scratch.make(crier__v1__ack__init)
        c.pointee.sequence = sequence
        c.pointee.stage = stage.c
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.detail = scratch.copy(detail)
        return c
    }
}

extension Ack.Stage {
    init(_ c: Crier__V1__Ack__Stage) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__Ack__Stage { Crier__V1__Ack__Stage(rawValue: UInt32(bitPattern: rawValue)) }
}
