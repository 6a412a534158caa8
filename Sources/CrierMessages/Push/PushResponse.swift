import CCrierMessages

/// What became of a push.
public struct PushResponse: WireMessage {
    /// Whether what was asked for happened.
    public var success: Bool
    /// Why it did not; names the field or the limit.
    public var error: String
    /// What became of the message.
    public var outcome: Outcome
    /// The id that the gateway gave the message.
    public var messageID: String
    /// The message's place in the client's mailbox; 0: ephemeral.
    public var sequence: UInt64
    /// The node that holds the client.
    public var nodeID: String
    /// The `tag` of the request.
    public var tag: UInt64

    /// A message with these fields; the defaults are those of the wire.
    public init(
        success: Bool = false,
        error: String = "",
        outcome: Outcome = .unspecified,
        messageID: String = "",
        sequence: UInt64 = 0,
        nodeID: String = "",
        tag: UInt64 = 0
    ) {
        self.success = success
        self.error = error
        self.outcome = outcome
        self.messageID = messageID
        self.sequence = sequence
        self.nodeID = nodeID
        self.tag = tag
    }

    /// What became of a message.
    public enum Outcome: RawRepresentable, Hashable, Sendable {
        case unspecified
        case written
        /// Durable and committed; the client will get it when it can.
        case stored
        case received
        case applied
        case rejected
        case notConnected
        /// The client does not read: its queue is full.
        case congested
        case expired
        case collapsed
        /// PushStream only: this one request was wrong; `error` says which field.
        case invalid
        /// The node that holds the client cannot be reached.
        case unavailable
        case denied
        /// It was sent to the client's node, and the way broke: it may have been written or not.
        case unknown
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .unspecified
                case 1: .written
                case 2: .stored
                case 3: .received
                case 4: .applied
                case 5: .rejected
                case 6: .notConnected
                case 7: .congested
                case 8: .expired
                case 9: .collapsed
                case 10: .invalid
                case 11: .unavailable
                case 12: .denied
                case 13: .unknown
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .written: 1
            case .stored: 2
            case .received: 3
            case .applied: 4
            case .rejected: 5
            case .notConnected: 6
            case .congested: 7
            case .expired: 8
            case .collapsed: 9
            case .invalid: 10
            case .unavailable: 11
            case .denied: 12
            case .unknown: 13
            case .unrecognized(let value): value
            }
        }
    }
}

extension PushResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PushResponse", crier__v1__push_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        // Negative values are written as 64 bits (the protobuf encoding guide, "Signed Integers").
        let outcome = UInt64(bitPattern: Int64(outcome.rawValue))
        let numbers =
            FieldWriter.size(varint: success ? 1 : 0) + FieldWriter.size(varint: outcome)
            + FieldWriter.size(varint: sequence) + FieldWriter.size(varint: tag)
        let size = numbers + FieldWriter.size(error) + FieldWriter.size(messageID) + FieldWriter.size(nodeID)
        withUnsafeTemporaryAllocation(byteCount: max(size, 1), alignment: 1) { memory in
            var writer = FieldWriter(memory.baseAddress!)
            writer.put(1, varint: success ? 1 : 0)
            writer.put(2, error)
            writer.put(3, varint: outcome)
            writer.put(4, messageID)
            writer.put(5, varint: sequence)
            writer.put(6, nodeID)
            writer.put(7, varint: tag)
            body(PackedMessage(UnsafeRawBufferPointer(rebasing: memory[..<size])))
        }
    }

    init(_ c: Crier__V1__PushResponse) throws(WireError) {
        success = c.success != 0
        error = try c.error.string("PushResponse", "error")
        outcome = Outcome(c.outcome)
        messageID = try c.message_id.string("PushResponse", "message_id")
        sequence = c.sequence
        nodeID = try c.node_id.string("PushResponse", "node_id")
        tag = c.tag
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PushResponse> {
        let c = scratch.make(crier__v1__push_response__init)
        c.pointee.success = success ? 1 : 0
        c.pointee.error = scratch.copy(error)
        c.pointee.outcome = outcome.c
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.sequence = sequence
        c.pointee.node_id = scratch.copy(nodeID)
        c.pointee.tag = tag
        return c
    }
}

extension PushResponse.Outcome {
    init(_ c: Crier__V1__PushResponse__Outcome) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__PushResponse__Outcome { Crier__V1__PushResponse__Outcome(rawValue: UInt32(bitPattern: rawValue)) }
}
