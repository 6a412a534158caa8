import NIOCore

/// The way of a push on the loops. Nothing here waits, and the plain case allocates nothing.
extension GatewayLoop {
    /// Counts the result and tells the caller.
    func answer(_ caller: any PushCaller, tag: UInt64, _ result: PushResult) {
        if tally.count(result.outcome) { wake(by: eventLoop.now + Limits.tallyInterval) }
        caller.pushed(result, tag: tag)
    }

    func answer(_ ticket: UInt32, _ result: PushResult) {
        let (caller, tag) = pending.take(ticket)
        answer(caller, tag: tag, result)
    }

    /// Tells the loop that made a push what became of it.
    private func settle(_ origin: GatewayLoop, _ ticket: UInt32, _ result: PushResult) {
        if origin === self { answer(ticket, result) } else { post(.result(result, ticket: ticket), to: origin) }
    }

    /// The client lives here, and the caller asks for no more than `written`: one plain call.
    func deliver(
        _ message: EncodedMessage,
        id: MessageID,
        to session: Session,
        caller: any PushCaller,
        tag: UInt64
    ) {
        let outcome = write(message, to: session)
        answer(caller, tag: tag, result(outcome, id, session))
    }

    /// A push came through the inbox, or is made here and waits for an acknowledgement.
    func receive(_ push: CrossingPush) {
        guard push.goal > .written else {
            let outcome = write(push.message, to: push.session)
            return settle(push.origin, push.ticket, result(outcome, push.id, push.session))
        }
        // The place among the waits is made sure of first: what was written cannot be taken back.
        guard push.session.awaitedAcks < Limits.awaitedAcksPerClient else {
            let detail = "\(Limits.awaitedAcksPerClient) messages wait for this client's acknowledgement already"
            return settle(push.origin, push.ticket, refusal(.congested, push.id, push.session, detail))
        }
        let outcome = write(push.message, to: push.session)
        guard outcome == .written else {
            return settle(push.origin, push.ticket, result(outcome, push.id, push.session))
        }
        waits.add(
            AckWait(
                session: push.session,
                message: push.id,
                origin: push.origin,
                ticket: push.ticket,
                goal: push.goal,
                deadline: push.deadline
            )
        )
        wake(by: min(push.deadline, eventLoop.now + Limits.ackWaitGranularity))
    }

    private func write(_ message: EncodedMessage, to session: Session) -> PushResult.Outcome {
        eventLoop.assertInEventLoop()
        guard !session.isRetired, let outlet = session.outlet else { return .notConnected }
        switch outlet.deliver(message) {
        case .accepted:
            session.mayBeStalled = true
            return .written
        case .congested:
            return .congested
        case .closed:
            return .notConnected
        }
    }

    private func result(_ outcome: PushResult.Outcome, _ id: MessageID, _ session: Session) -> PushResult {
        switch outcome {
        case .congested:
            refusal(outcome, id, session, "client_id \(session.client) does not read: its queue is full")
        case .notConnected:
            .notConnected(session.client, id)
        default:
            PushResult(outcome, isSuccess: true, message: id, node: context.node)
        }
    }

    private func refusal(
        _ outcome: PushResult.Outcome,
        _ id: MessageID,
        _ session: Session,
        _ detail: String
    ) -> PushResult {
        PushResult(outcome, isSuccess: false, message: id, node: context.node, detail: detail)
    }
}

extension GatewayLoop {
    func acknowledge(_ acknowledgement: Acknowledgement, from session: Session) {
        heard(session)
        // Sequences belong to durable messages, of which there are none yet.
        guard let message = acknowledgement.message,
            let (wait, outcome) = waits.acknowledge(message, acknowledgement.stage, from: session)
        else { return }
        let isSuccess = outcome != .rejected
        let detail = isSuccess ? "" : "the client rejected it: \(acknowledgement.detail.prefix(Limits.detailBytes))"
        settle(
            wait.origin,
            wait.ticket,
            PushResult(outcome, isSuccess: isSuccess, message: message, node: context.node, detail: detail)
        )
    }

    /// Waits that can no longer be met are answered with how far they came.
    func giveUp(_ given: [AckWait], because reason: String) {
        for wait in given {
            let outcome: PushResult.Outcome = wait.reached == .received ? .received : .written
            let detail = "the client did not acknowledge it as \(wait.goal): \(reason)"
            settle(
                wait.origin,
                wait.ticket,
                PushResult(outcome, isSuccess: false, message: wait.message, node: context.node, detail: detail)
            )
        }
    }
}

extension PushResult {
    static func notConnected(_ client: ClientID, _ id: MessageID) -> PushResult {
        PushResult(.notConnected, isSuccess: false, message: id, detail: "client_id \(client) is not connected")
    }
}
