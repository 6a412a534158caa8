import NIOCore

/// Finds the way of a push: to a session on the caller's own loop by a plain call, to one on another loop through that
/// loop's inbox, to one on another node through `LoopForwarding`.
///
/// One object and not a copy of its parts with each push: all loops would count references to them, one waiting for the
/// other.
final class Router: Sendable {
    let context: GatewayContext
    let loops: [GatewayLoop]
    /// The context's; for every push, without counting a reference.
    private let registry: Unmanaged<SessionRegistry>

    init(context: GatewayContext, loops: [GatewayLoop]) {
        self.context = context
        self.loops = loops
        registry = .passUnretained(context.registry)
    }

    /// `caller` hears of the result exactly once, on its loop. Throws INVALID_ARGUMENT when the message is larger than
    /// a client takes.
    ///
    /// - Parameter encode: called at most once, and only when there is somebody to send the message to; before this
    ///   returns.
    func route(
        _ terms: PushTerms,
        from origin: GatewayLoop,
        caller: any PushCaller,
        tag: UInt64,
        encode: Gateway.Encode
    ) throws(GatewayError) {
        origin.eventLoop.assertInEventLoop()
        let call = PushCall(terms: terms, id: origin.ids.next(), caller: caller, tag: tag)
        var size = 0
        let local = registry._withUnsafeGuaranteedRef { $0.route(to: terms.client) }
        let forwarding = origin.uncountedForwarding
        let flight = forwarding.flatMap { $0._withUnsafeGuaranteedRef { $0.flight(of: terms.client) } }
        if let forwarding, local == nil || flight != nil {
            size = forwarding._withUnsafeGuaranteedRef {
                $0.push(call, local: local, behind: flight, encode: encode)
            }
        } else if let local {
            if local.loop == origin.index { origin.prefetch(local) }
            encode(call.id) { message in
                size = message.byteCount
                guard message.isAllowed else { return }
                deliver(call, message, along: local, from: origin)
            }
        } else {
            origin.answer(call, .notConnected)
        }
        guard size <= Limits.messageBytes else { throw Self.tooLarge(size) }
    }

    /// The same for what the core encodes.
    func route(
        _ request: PushRequest,
        from origin: GatewayLoop,
        caller: any PushCaller,
        tag: UInt64
    ) throws(GatewayError) {
        try route(PushTerms(request), from: origin, caller: caller, tag: tag) { id, body in
            context.encoder.encode(message(request, id: id), body)
        }
    }

    /// To a session of this node. `tellsWritten`: the caller hears when it is written, also while it waits for more.
    func deliver(
        _ call: PushCall,
        _ message: EncodedMessage,
        along route: SessionRoute,
        from origin: GatewayLoop,
        tellsWritten: Bool = false
    ) {
        guard route.loop != origin.index || call.terms.waitFor > .written else {
            return origin.answer(call, origin.write(message, to: route, of: call.terms.origin))
        }
        let kind: PendingPushes.Kind = call.terms.waitFor == .written ? .crossing : .waiting
        guard let ticket = origin.pending.add(call, kind: kind) else {
            return origin.answer(call, overloaded(kind, call.id))
        }
        let push = CrossingPush(
            route: route,
            id: call.id,
            goal: call.terms.waitFor,
            deadline: kind == .waiting ? call.terms.ackDeadline(at: origin.eventLoop.now) : .distantFuture,
            ticket: ticket,
            origin: call.terms.origin,
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
