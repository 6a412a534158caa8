public import NIOCore

/// One message for one client, as a backend asks for it. Checked by `Gateway.push`.
public struct PushRequest: Sendable {
    public var client: ClientID
    public var content: Message.Content
    public var waitFor: Stage
    /// When the caller stops waiting for an acknowledgement; `nil`: `Limits.defaultAckWait` from now.
    public var deadline: NIODeadline?
    /// Keep the message until the client acknowledges it. Not built yet: refused as unimplemented.
    public var isDurable: Bool
    /// Milliseconds after which the message is worthless; 0: never.
    public var timeToLiveMilliseconds: Int64
    /// Not built yet: refused as unimplemented.
    public var idempotencyKey: String
    public var collapseKey: String
    /// W3C trace context.
    public var traceParent: String

    /// What a caller can wait for, in the order in which it happens.
    public enum Stage: Int, Sendable, Comparable {
        /// Handed to the client's stream.
        case written
        /// The client acknowledged it.
        case received
        /// The client says that it did it.
        case applied

        public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    public init(
        client: ClientID,
        content: Message.Content,
        waitFor: Stage = .written,
        deadline: NIODeadline? = nil,
        isDurable: Bool = false,
        timeToLiveMilliseconds: Int64 = 0,
        idempotencyKey: String = "",
        collapseKey: String = "",
        traceParent: String = ""
    ) {
        self.client = client
        self.content = content
        self.waitFor = waitFor
        self.deadline = deadline
        self.isDurable = isDurable
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.idempotencyKey = idempotencyKey
        self.collapseKey = collapseKey
        self.traceParent = traceParent
    }
}
