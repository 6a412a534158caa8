import NIOCore

/// Whom a push is for, and what its caller waits for, whatever the message.
struct PushTerms {
    var client: ClientID
    var waitFor = PushRequest.Stage.written
    /// When the caller stops waiting for an acknowledgement; nil: `Limits.defaultAckWait` from now.
    var deadline: NIODeadline?
    var origin = PushOrigin.here

    /// When its caller stops waiting for an acknowledgement.
    func ackDeadline(at now: NIODeadline) -> NIODeadline {
        min(deadline ?? now + Limits.defaultAckWait, now + Limits.maximumAckWait)
    }
}

extension PushTerms {
    init(_ request: PushRequest) {
        self.init(client: request.client, waitFor: request.waitFor, deadline: request.deadline)
    }
}
