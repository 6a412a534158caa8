import NIOCore

/// Finds the way of a push: to a session on the caller's own loop by a plain call, to one on another loop through that
/// loop's inbox. Routes to other nodes will begin here.
struct Router: Sendable {
    let context: GatewayContext

    /// The message is encoded here, once, and only when there is somebody to send it to. Throws INVALID_ARGUMENT when
    /// it is larger than a client takes.
    func route(
        _ request: PushRequest,
        from origin: GatewayLoop,
        caller: any PushCaller,
        tag: UInt64
    ) throws(GatewayError) {
        origin.eventLoop.assertInEventLoop()
        let id = origin.ids.next()
        guard let session = context.registry.session(of: request.client) else {
            return origin.answer(caller, tag: tag, .notConnected(request.client, id))
        }
        let message = try encode(request, id: id)
        if session.home === origin, request.waitFor == .written {
            return origin.deliver(message, id: id, to: session, caller: caller, tag: tag)
        }
        let kind: PendingPushes.Kind = request.waitFor == .written ? .crossing : .waiting
        guard let ticket = origin.pending.add(caller, tag: tag, kind: kind) else {
            return origin.answer(caller, tag: tag, overloaded(kind, id))
        }
        let push = CrossingPush(
            session: session,
            message: message,
            id: id,
            goal: request.waitFor,
            deadline: kind == .waiting ? ackDeadline(request, at: origin.eventLoop.now) : .distantFuture,
            origin: origin,
            ticket: ticket
        )
        if session.home === origin { origin.receive(push) } else { origin.post(.push(push), to: session.home) }
    }

    private func encode(_ request: PushRequest, id: MessageID) throws(GatewayError) -> EncodedMessage {
        var message = Message(request.content, id: id)
        message.collapseKey = request.collapseKey
        message.traceParent = request.traceParent
        if request.timeToLiveMilliseconds > 0 {
            let (sum, overflow) = context.environment.wallClock()
                .addingReportingOverflow(request.timeToLiveMilliseconds)
            message.expiresAt = overflow ? .max : sum
        }
        let encoded = context.encoder.encode(message)
        guard encoded.byteCount <= Limits.messageBytes else {
            throw GatewayError(
                .invalidArgument,
                field: "content",
                "the message has \(encoded.byteCount) bytes encoded; at most \(Limits.messageBytes) are allowed"
            )
        }
        return encoded
    }

    private func ackDeadline(_ request: PushRequest, at now: NIODeadline) -> NIODeadline {
        min(request.deadline ?? now + Limits.defaultAckWait, now + Limits.maximumAckWait)
    }

    private func overloaded(_ kind: PendingPushes.Kind, _ id: MessageID) -> PushResult {
        let detail =
            switch kind {
            case .crossing: "\(kind.limit) pushes of this event loop are on their way already"
            case .waiting: "\(kind.limit) pushes of this event loop wait for acknowledgements already"
            }
        return PushResult(.congested, isSuccess: false, message: id, node: context.node, detail: detail)
    }
}
