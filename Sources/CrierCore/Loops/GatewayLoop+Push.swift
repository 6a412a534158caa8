import NIOCore

/// The way of a push on the loops. Nothing here waits, and the plain case allocates nothing.
extension GatewayLoop {
    /// Counts the result, remembers it if it is a refusal, and tells the caller.
    func answer(_ call: PushCall, _ result: PushResult) {
        if tally.count(result.outcome) { wake(by: eventLoop.now + Limits.tallyInterval) }
        if !result.isSuccess { remember(result, of: call) }
        call.caller.pushed(result, tag: call.tag)
    }

    /// What became on this node of a push that asked for no more than `written`, or did not get that far.
    func answer(_ call: PushCall, _ outcome: PushResult.Outcome) {
        answer(call, result(outcome, of: call))
    }

    // Kept apart: a push that arrives must not pay for it.
    @inline(never)
    private func remember(_ result: PushResult, of call: PushCall) {
        guard result.outcome.isRefusal, !call.caller.isOtherNode else { return }
        refusedPushes.remember(RefusedPush(result, for: call.terms.client, at: context.environment.wallClock()))
    }

    func answer(_ ticket: UInt32, _ result: PushResult) { answer(pending.take(ticket), result) }

    func answer(_ ticket: UInt32, _ outcome: PushResult.Outcome) { answer(pending.take(ticket), outcome) }

    /// A push that waits for more is on its client's stream.
    func tellWritten(_ ticket: UInt32) {
        guard let call = pending[ticket] else { return }
        call.caller.written(tag: call.tag)
    }

    /// Tells the loop that made a push what became of it.
    private func settle(_ origin: GatewayLoop, _ ticket: UInt32, _ outcome: PushResult.Outcome) {
        if origin === self {
            answer(ticket, outcome)
        } else {
            post(to: origin.index, origin) { $0.add(outcome, ticket: ticket) }
        }
    }

    private func settle(_ origin: GatewayLoop, _ ticket: UInt32, _ result: PushResult) {
        if origin === self {
            answer(ticket, result)
        } else {
            post(to: origin.index, origin) { $0.add(result, ticket: ticket) }
        }
    }

    /// A push came through the inbox, or is made here and waits for an acknowledgement.
    func receive(_ push: CrossingPush, _ message: EncodedMessage, from origin: GatewayLoop) {
        guard push.goal > .written else {
            return settle(origin, push.ticket, write(message, to: push.route, of: push.origin))
        }
        guard let session = sessions[push.route] else { return settle(origin, push.ticket, .notConnected) }
        // The place among the waits is made sure of first: what was written cannot be taken back.
        guard session.awaitedAcks < Limits.awaitedAcksPerClient else {
            let detail = "\(Limits.awaitedAcksPerClient) messages wait for this client's acknowledgement already"
            return settle(origin, push.ticket, refusal(.congested, push.id, detail))
        }
        let outcome = write(message, to: push.route, of: push.origin, ticket: push.ticket)
        guard outcome == .written else { return settle(origin, push.ticket, outcome) }
        if push.tellsWritten {
            if origin === self {
                tellWritten(push.ticket)
            } else {
                post(to: origin.index, origin) { $0.add(written: push.ticket) }
            }
        }
        waits.add(
            AckWait(
                session: session,
                message: push.id,
                origin: origin,
                ticket: push.ticket,
                goal: push.goal,
                deadline: push.deadline
            )
        )
        wake(by: min(push.deadline, eventLoop.now + Limits.ackWaitGranularity))
    }

    /// Hands the message to the session's stream, if it still is the client.
    ///
    /// - Parameters:
    ///   - origin: which node the push came to.
    ///   - ticket: of a push that waits for more.
    func write(
        _ message: EncodedMessage, to route: SessionRoute, of origin: PushOrigin, ticket: UInt32 = 0
    ) -> PushResult.Outcome {
        eventLoop.assertInEventLoop()
        guard let session = sessions.find(route) else { return .notConnected }
        // The table holds it, and an outlet does not end its session from within.
        return session._withUnsafeGuaranteedRef { write(message, to: $0, of: origin, ticket) }
    }

    private func write(
        _ message: EncodedMessage, to session: Session, of origin: PushOrigin, _ ticket: UInt32
    ) -> PushResult.Outcome {
        guard !session.isRetired, let outlet = session.outlet else { return .notConnected }
        let outcome: PushResult.Outcome
        switch outlet.deliver(message) {
        case .accepted:
            session.mayBeStalled = true
            outcome = .written
        case .congested:
            outcome = .congested
        case .closed:
            return .notConnected
        }
        session.lastPush = LastPush(at: coarseTime, ticket: ticket, origin: origin, outcome: outcome)
        return outcome
    }

    private func result(_ outcome: PushResult.Outcome, of call: PushCall) -> PushResult {
        switch outcome {
        case .congested: refusal(outcome, call.id, "client_id \(call.terms.client) does not read: its queue is full")
        case .notConnected: .notConnected(call.terms.client, call.id)
        default: PushResult(outcome, isSuccess: true, message: call.id, node: node)
        }
    }

    private func refusal(_ outcome: PushResult.Outcome, _ id: MessageID, _ detail: String) -> PushResult {
        PushResult(outcome, isSuccess: false, message: id, node: node, detail: detail)
    }
}

extension GatewayLoop {
    func acknowledge(_ acknowledgement: Acknowledgement, from session: Session) {
        heard(session)
        // Sequences belong to durable messages, of which there are none yet.
        guard let message = acknowledgement.message,
            let (wait, outcome) = waits.acknowledge(message, acknowledgement.stage, from: session)
        else { return }
        if session.lastPush.ticket == wait.ticket, session.lastPush.outcome == .written {
            session.lastPush.outcome = outcome
        }
        let isSuccess = outcome != .rejected
        let detail = isSuccess ? "" : "the client rejected it: \(acknowledgement.detail.prefix(Limits.detailBytes))"
        settle(
            wait.origin,
            wait.ticket,
            PushResult(outcome, isSuccess: isSuccess, message: message, node: node, detail: detail)
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
                PushResult(outcome, isSuccess: false, message: wait.message, node: node, detail: detail)
            )
        }
    }
}

extension PushResult {
    static func notConnected(_ client: ClientID, _ id: MessageID) -> PushResult {
        PushResult(.notConnected, isSuccess: false, message: id, detail: "client_id \(client) is not connected")
    }
}
