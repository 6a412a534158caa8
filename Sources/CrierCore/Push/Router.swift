import NIOCore

/// Finds the way of a push: to a session on the caller's own loop by a plain call, to one on another loop through that
/// loop's inbox, to one on another node through `LoopForwarding`.
struct Router: Sendable {
    let context: GatewayContext
    let loops: [GatewayLoop]

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
        if let forwarding = origin.forwarding, forwarding.isBusy(with: request.client) {
            return try forwarding.push(request, id, caller: caller, tag: tag, encodedBy: self)
        }
        guard let route = context.registry.route(to: request.client) else {
            if let forwarding = origin.forwarding {
                return try forwarding.push(request, id, caller: caller, tag: tag, encodedBy: self)
            }
            return origin.answer(caller, tag: tag, .notConnected(request.client, id))
        }
        try encode(request, id) { message in
            deliver(message, id, along: route, PushTerms(request), from: origin, caller: caller, tag: tag)
        }
    }

    /// The same for what a service encodes itself. False, and nothing has happened: the client is not on this node, or not sure
    /// to be; then the whole request is needed.
    func routeHere(
        to client: ClientID,
        from origin: GatewayLoop,
        caller: any PushCaller,
        tag: UInt64,
        encode: Gateway.Encode
    ) throws(GatewayError) -> Bool {
        origin.eventLoop.assertInEventLoop()
        if let forwarding = origin.forwarding, forwarding.isBusy(with: client) { return false }
        guard let route = context.registry.route(to: client) else { return false }
        let id = origin.ids.next()
        var size = 0
        encode(id) { message in
            size = message.byteCount
            guard size <= Limits.messageBytes else { return }
            deliver(message, id, along: route, PushTerms(client: client), from: origin, caller: caller, tag: tag)
        }
        guard size <= Limits.messageBytes else { throw Self.tooLarge(size) }
        return true
    }

    /// Throws INVALID_ARGUMENT, and does not call `body`, when the message is larger than a client takes.
    func encode(
        _ request: PushRequest, _ id: MessageID, _ body: (EncodedMessage) -> Void
    ) throws(GatewayError) {
        var size = 0
        context.encoder.encode(message(request, id: id)) { message in
            size = message.byteCount
            if size <= Limits.messageBytes { body(message) }
        }
        guard size <= Limits.messageBytes else { throw Self.tooLarge(size) }
    }

    /// To a session of this node. `tellsWritten`: the caller hears when it is written, also while it waits for more.
    func deliver(
        _ message: EncodedMessage,
        _ id: MessageID,
        along route: SessionRoute,
        _ terms: PushTerms,
        from origin: GatewayLoop,
        caller: any PushCaller,
        tag: UInt64,
        tellsWritten: Bool = false
    ) {
        guard route.loop != origin.index || terms.waitFor > .written else {
            let outcome = origin.write(message, to: route)
            return origin.answer(caller, tag: tag, origin.result(outcome, id, terms.client))
        }
        let kind: PendingPushes.Kind = terms.waitFor == .written ? .crossing : .waiting
        let pending = PendingPushes.Push(caller: caller, tag: tag, message: id, client: terms.client)
        guard let ticket = origin.pending.add(pending, kind: kind) else {
            return origin.answer(caller, tag: tag, overloaded(kind, id))
        }
        let push = CrossingPush(
            route: route,
            id: id,
            goal: terms.waitFor,
            deadline: kind == .waiting ? terms.ackDeadline(at: origin.eventLoop.now) : .distantFuture,
            ticket: ticket,
            tellsWritten: tellsWritten
        )
        if route.loop == origin.index {
            origin.receive(push, message, from: origin)
        } else {
            origin.post(to: Int(route.loop), loops[Int(route.loop)]) { $0.add(push, message) }
        }
    }

    private func message(_ request: PushRequest, id: MessageID) -> Message {
        Message(
            request.content, id: id, expiresAt: expiry(of: request), collapseKey: request.collapseKey,
            traceParent: request.traceParent
        )
    }

    private func expiry(of request: PushRequest) -> Int64 {
        guard request.timeToLiveMilliseconds > 0 else { return 0 }
        let (sum, overflow) = context.environment.wallClock().addingReportingOverflow(request.timeToLiveMilliseconds)
        return overflow ? .max : sum
    }

    private static func tooLarge(_ size: Int) -> GatewayError {
        GatewayError(
            .invalidArgument,
            field: "content",
            "the message has \(size) bytes encoded; at most \(Limits.messageBytes) are allowed"
        )
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
