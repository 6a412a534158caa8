/// What became of one push.
public struct PushResult: Sendable, Equatable {
    public var outcome: Outcome
    /// What the caller asked for happened: the outcome is what it waited for, or more.
    public var isSuccess: Bool
    public var message: MessageID
    /// The node that holds the client, if one does.
    public var node: NodeID?
    /// Why it is no success; empty when it is one.
    public var detail: String

    /// The furthest point that the message is known to have reached.
    public enum Outcome: Sendable, Equatable, CaseIterable {
        /// Handed to the client's stream.
        case written
        case received
        case applied
        /// The client will not do it.
        case rejected
        case notConnected
        /// The client does not read, or too much is under way: nothing was written.
        case congested
        /// The node that holds the client cannot be reached: nothing was sent.
        case unreachable
        /// It was sent to the node that holds the client, and the way broke: it may have been written or not.
        case unknown
    }

    public init(
        _ outcome: Outcome,
        isSuccess: Bool,
        message: MessageID,
        node: NodeID? = nil,
        detail: String = ""
    ) {
        self.outcome = outcome
        self.isSuccess = isSuccess
        self.message = message
        self.node = node
        self.detail = detail
    }
}

/// Who asked for a push and hears of its result: a call, or a stream of them told apart by `tag`.
///
/// An object and not a closure, since a closure would be allocated for every push. Called exactly once a push, on the
/// loop that the push was made on, possibly before `Gateway.push` returns; it is held until then.
public protocol PushCaller: AnyObject {
    func pushed(_ result: PushResult, tag: UInt64)

    /// The message is on the client's stream and waits for more; `pushed` follows. Said of forwarded pushes only.
    func written(tag: UInt64)

    /// Another node forwards the push: what becomes of it is remembered where it was made.
    var isOtherNode: Bool { get }
}

extension PushCaller {
    public func written(tag: UInt64) {}
    public var isOtherNode: Bool { false }
}
