import CCrierMessages

/// What became of one forwarded push.
public struct ForwardedAnswer: WireMessage {
    /// The push's.
    public var tag: UInt64
    /// What became of it.
    public var outcome: Outcome
    /// `written` only: the client's acknowledgement is awaited, another answer follows.
    public var awaiting: Bool
    /// Why it is no more than that.
    public var detail: String
    /// `wrongNode` only: the push's message.
    public var message: [UInt8]

    /// A message with these fields; the defaults are those of the wire.
    public init(
        tag: UInt64 = 0,
        outcome: Outcome = .written,
        awaiting: Bool = false,
        detail: String = "",
        message: [UInt8] = []
    ) {
        self.tag = tag
        self.outcome = outcome
        self.awaiting = awaiting
        self.detail = detail
        self.message = message
    }

    /// What became of a push on the node that it was forwarded to.
    public enum Outcome: RawRepresentable, Hashable, Sendable {
        case written
        case received
        case applied
        case rejected
        case notConnected
        case congested
        /// Not that generation and none newer there: nothing was written.
        case wrongNode
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .written
                case 1: .received
                case 2: .applied
                case 3: .rejected
                case 4: .notConnected
                case 5: .congested
                case 6: .wrongNode
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .written: 0
            case .received: 1
            case .applied: 2
            case .rejected: 3
            case .notConnected: 4
            case .congested: 5
            case .wrongNode: 6
            case .unrecognized(let value): value
            }
        }
    }
}

extension ForwardedAnswer: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ForwardedAnswer", crier__v1__forwarded_answer__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ForwardedAnswer) throws(WireError) {
        tag = c.tag
        outcome = Outcome(c.outcome)
        awaiting = c.awaiting != 0
        detail = try c.detail.string("ForwardedAnswer", "detail")
        message = c.message.bytes
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ForwardedAnswer> {
        let c = scratch.make(crier__v1__forwarded_answer__init)
        c.pointee.tag = tag
        c.pointee.outcome = outcome.c
        c.pointee.awaiting = awaiting ? 1 : 0
        c.pointee.detail = scratch.copy(detail)
        c.pointee.message = scratch.copy(message)
        return c
    }
}

extension ForwardedAnswer.Outcome {
    init(_ c: Crier__V1__ForwardedAnswer__Outcome) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__ForwardedAnswer__Outcome {
        Crier__V1__ForwardedAnswer__Outcome(rawValue: UInt32(bitPattern: rawValue))
    }
}
