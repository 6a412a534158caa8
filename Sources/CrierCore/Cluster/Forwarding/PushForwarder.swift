public import NIOCore

/// A push on its way to the node that holds its client; its encoded message travels beside it.
public struct ForwardedPush: Sendable {
    public var client: ClientID
    /// Of the session that the sender's map names: delivered to that one or a newer one of the client.
    public var generation: Generation
    public var waitFor: PushRequest.Stage
    /// How long the caller still waits for the client's acknowledgement; unused for `written`.
    public var patience: TimeAmount
    /// What the client acknowledges; unused for `written`.
    public var message: MessageID
    /// The sender's; comes back with the answer.
    public var tag: UInt64

    public init(
        client: ClientID,
        generation: Generation,
        waitFor: PushRequest.Stage = .written,
        patience: TimeAmount = .zero,
        message: MessageID = MessageID(""),
        tag: UInt64
    ) {
        self.client = client
        self.generation = generation
        self.waitFor = waitFor
        self.patience = patience
        self.message = message
        self.tag = tag
    }
}

/// The ways to other nodes, as the assembly hands them to the gateway.
public protocol PushForwarding: Sendable {
    /// The way of one event loop. Called on that loop, once.
    func forwarder(on eventLoop: any EventLoop, answers: any ForwardingAnswers) -> any PushForwarder
}

/// One event loop's way to all other nodes. Called on that loop only; never calls its `ForwardingAnswers` from within.
public protocol PushForwarder: AnyObject {
    /// Takes the push, or says at once why not. What was taken gets its answers later, or is lost with its way.
    ///
    /// Pushes along one route arrive in the order in which they were given.
    func forward(_ push: ForwardedPush, _ message: EncodedMessage, along route: RemoteRoute) -> ForwardAcceptance
}

public enum ForwardAcceptance: Sendable, Equatable {
    case accepted
    /// Too much is on its way there already; the detail names the limit.
    case congested(String)
    /// There is no way to that node now; nothing was sent.
    case unreachable(String)
}

/// Hears what became of the pushes that a `PushForwarder` took. Called on its loop.
public protocol ForwardingAnswers: AnyObject {
    /// The other node's word. One that fits no push of this loop to that node is dropped: a peer may err.
    func answered(_ tag: UInt64, _ answer: ForwardAnswer, by node: Incarnation)

    /// The way to the node broke: whatever was not answered never will be.
    func lost(_ node: Incarnation, _ loss: ForwardLoss)
}

/// What the node that got a forwarded push says about it.
public enum ForwardAnswer {
    /// Handed to the client's stream; the client's acknowledgement is awaited, and another answer follows.
    case awaiting
    case done(PushResult.Outcome, detail: String)
    /// It holds neither that generation nor a newer one, and wrote nothing. The message came back.
    case wrongNode(EncodedMessage)
}

/// What is known of the pushes that were under way when the way broke.
public enum ForwardLoss: Sendable, Equatable {
    /// None of them was sent.
    case unsent(String)
    /// They may have arrived.
    case unknown(String)
}
