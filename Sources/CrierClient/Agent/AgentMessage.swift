public import CrierMessages

/// One message from a backend.
public struct AgentMessage: Sendable, Equatable {
    /// What a message says.
    public enum Content: Sendable, Equatable {
        case text(String)
        /// "online", "offline", "update" or the application's own.
        case event(type: String, details: String)
        case data([UInt8])
        /// A file stands ready. An agent with a directory pulls it by itself.
        case file(FileNotice)
    }

    public var content: Content
    /// The gateway's id of it; the same message never comes twice under one.
    public var id: String
    /// Its place in the mailbox; 0: ephemeral.
    public var sequence: UInt64
    /// Milliseconds since 1970; 0: never.
    public var expiresAt: Int64
    public var collapseKey: String
    /// W3C trace context.
    public var traceparent: String

    /// Nil for what is between gateway and agent.
    init?(_ message: ServerMessage) {
        switch message.payload {
        case .text(let text): content = .text(text.content)
        case .event(let event): content = .event(type: event.type, details: event.details)
        case .data(let data): content = .data(data)
        case .fileNotice(let notice): content = .file(notice)
        case .welcome, .heartbeat, .redirect, .fileControl, nil: return nil
        }
        id = message.messageID
        sequence = message.sequence
        expiresAt = message.expiresAt
        collapseKey = message.collapseKey
        traceparent = message.traceparent
    }
}

/// What happens around an agent's messages; for logs and for people.
public enum AgentNews: Sendable {
    case connected(Welcome)
    /// The session ended; after `retryIn` the next attempt comes.
    case disconnected(CrierClientError, retryIn: Duration)
    /// The gateway asks to come back elsewhere or later.
    case redirected(Redirect)
    case pull(PullReport)
    /// A notice that could not be taken.
    case refused(FileNotice, CrierClientError)
}
