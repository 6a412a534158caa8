/// What a client says about messages that it got.
public struct Acknowledgement: Sendable, Equatable {
    public var stage: Stage
    /// Set: this one message. Not set: all durable messages up to and including `sequence`.
    public var message: MessageID?
    public var sequence: UInt64
    public var detail: String

    public enum Stage: Sendable, Equatable {
        case received, applied, rejected
    }

    public init(_ stage: Stage, message: MessageID? = nil, sequence: UInt64 = 0, detail: String = "") {
        self.stage = stage
        self.message = message
        self.sequence = sequence
        self.detail = detail
    }
}
