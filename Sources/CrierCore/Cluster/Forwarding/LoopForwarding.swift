import Metrics
import NIOCore

/// The pushes of one event loop to clients of other nodes. Belongs to the loop.
///
/// Order and honesty are its two promises: one publisher's pushes to one client arrive in the order in which they were made
/// (see `Flight`), and no answer says more than is known (see `ForwardLoss`).
final class LoopForwarding {
    // The loop owns this, the gateway owns the loop.
    private unowned let home: GatewayLoop
    private weak var gateway: Gateway?
    let directory: any RouteDirectory
    private let links: any PushForwarding
    let metrics: ForwardingMetrics
    private lazy var forwarder = links.forwarder(on: home.eventLoop, answers: self)
    private var tickets = ForwardTickets()
    private var flights: [ClientID: Flight] = [:]
    private var heldCount = 0
    private var heldBytes = 0

    init(_ cluster: ClusterRouting, home: GatewayLoop, gateway: Gateway, metrics: ForwardingMetrics) {
        directory = cluster.directory
        links = cluster.links
        self.home = home
        self.gateway = gateway
        self.metrics = metrics
    }

    /// Whether a push to this client must come through here even if the client is on this node.
    func isBusy(with client: ClientID) -> Bool { !flights.isEmpty && flights[client] != nil }

    // MARK: A push

    /// Sends the push to the node that holds its client, when its turn has come. Throws as `Router.route`.
    func push(
        _ request: PushRequest, _ id: MessageID, caller: any PushCaller, tag: UInt64, encodedBy router: Router
    ) throws(GatewayError) {
        let client = request.client
        let way = way(to: client)
        let mustWait = flights[client].map { flight in flight.isHolding || way.map { !flight.admits($0) } ?? false }
        guard way != nil || mustWait == true else {
            return home.answer(caller, tag: tag, .notConnected(client, id))
        }
        try router.encode(request, id) { message in
            if let way, mustWait != true {
                send(request, id, message, caller, tag, along: way, isRetry: false)
            } else {
                hold(request, id, message, caller, tag)
            }
        }
    }

    private func way(to client: ClientID) -> PushWay? {
        if let route = home.context.registry.route(to: client) { return .local(route) }
        let known = directory.route(to: client)
        guard let reread = flights[client]?.reread else { return known.map(PushWay.remote) }
        guard let known, known.generation >= reread.generation else { return .remote(reread) }
        return .remote(known)
    }

    private func send(
        _ request: PushRequest,
        _ id: MessageID,
        _ message: EncodedMessage,
        _ caller: any PushCaller,
        _ tag: UInt64,
        along way: PushWay,
        isRetry: Bool
    ) {
        guard case .remote(let route) = way else {
            if case .local(let route) = way {
                gateway?.router
                    .deliver(message, id, along: route, PushTerms(request), from: home, caller: caller, tag: tag)
            }
            return
        }
        let call = ForwardedCall(
            caller: caller, tag: tag, message: id, client: request.client, waitFor: request.waitFor,
            deadline: request.deadline, route: route, isRetry: isRetry
        )
        guard let ticket = tickets.add(call) else {
            let detail = "\(ForwardingLimits.pushesPerLoop) pushes of this event loop are with other nodes already"
            return answer(call, .congested, detail)
        }
        var push = ForwardedPush(client: request.client, generation: route.generation, tag: ticket)
        if request.waitFor > .written {
            let now = home.eventLoop.now
            push.waitFor = request.waitFor
            push.patience = PushTerms(request).ackDeadline(at: now) - now
            push.message = id
        }
        switch forwarder.forward(push, message, along: route) {
        case .accepted:
            flights[request.client, default: Flight(route)].route = route
            flights[request.client]?.underWay += 1
        case .congested(let detail):
            guard tickets.take(ticket) != nil else { return }
            answer(call, .congested, detail)
        case .unreachable(let detail):
            guard tickets.take(ticket) != nil else { return }
            metrics.unreachable.increment()
            answer(call, .unreachable, detail)
        }
    }

    private func hold(
        _ request: PushRequest, _ id: MessageID, _ message: EncodedMessage, _ caller: any PushCaller, _ tag: UInt64
    ) {
        guard hasRoom(for: message.byteCount) else {
            let detail = """
                \(ForwardingLimits.heldPushesPerLoop) pushes or \(ForwardingLimits.heldBytesPerLoop) bytes of this event \
                loop wait for their clients' routes already
                """
            let result = PushResult(.congested, isSuccess: false, message: id, detail: detail)
            return home.answer(caller, tag: tag, result)
        }
        var request = request
        // Only its encoded form is needed from here on.
        request.content = .text("")
        let push = HeldPush(request: request, id: id, caller: caller, tag: tag, message: keep(message), refused: nil)
        flights[request.client]?.held.append(push)
    }

    // MARK: What is held

    private func hasRoom(for byteCount: Int) -> Bool {
        heldCount < ForwardingLimits.heldPushesPerLoop && heldBytes + byteCount <= ForwardingLimits.heldBytesPerLoop
    }

    private func keep(_ message: EncodedMessage) -> ByteBuffer {
        heldCount += 1
        heldBytes += message.byteCount
        metrics.held.increment()
        return ByteBuffer(bytes: message.bytes)
    }

    private func letGo(_ push: HeldPush) {
        heldCount -= 1
        heldBytes -= push.message.readableBytes
    }

    /// Sends what was held for the client, in order, as far as it may go now.
    private func release(_ client: ClientID) {
        while var flight = flights[client], !flight.isRereading, flight.returned.isEmpty, let next = flight.held.first {
            let way = way(to: client)
            if let way, !flight.admits(way) { break }
            flight.held.removeFirst()
            flights[client] = flight
            letGo(next)
            dispatch(next, along: way)
        }
        if flights[client]?.isOver == true { flights[client] = nil }
    }

    private func dispatch(_ push: HeldPush, along way: PushWay?) {
        if let deadline = push.request.deadline, deadline <= home.eventLoop.now {
            let detail = "its deadline passed before it could be sent to client_id \(push.request.client)"
            let result = PushResult(.unreachable, isSuccess: false, message: push.id, detail: detail)
            return home.answer(push.caller, tag: push.tag, result)
        }
        guard let way, !push.wasRefused(along: way) else {
            return home.answer(push.caller, tag: push.tag, .notConnected(push.request.client, push.id))
        }
        push.message.withUnsafeReadableBytes { bytes in
            send(
                push.request, push.id, EncodedMessage(bytes), push.caller, push.tag, along: way,
                isRetry: push.refused != nil
            )
        }
    }

    // MARK: Answers

    private func answer(_ call: ForwardedCall, _ outcome: PushResult.Outcome, _ detail: String) {
        let isSuccess = outcome.reaches(call.waitFor)
        let node = outcome == .notConnected ? nil : call.route.node
        home.answer(
            call.caller,
            tag: call.tag,
            PushResult(
                outcome, isSuccess: isSuccess, message: call.message, node: node, detail: isSuccess ? "" : detail)
        )
    }

    /// One push of the client less is under way.
    private func landed(_ client: ClientID) {
        guard let place = flights.index(forKey: client) else { return }
        flights.values[place].underWay -= 1
        guard flights.values[place].underWay == 0 else { return }
        if flights.values[place].isOver {
            flights.remove(at: place)
        } else {
            settle(client)
        }
    }

    /// None of the client's pushes is under way: what waited for that goes on.
    private func settle(_ client: ClientID) {
        guard let flight = flights[client], !flight.isRereading else { return }
        guard !flight.returned.isEmpty else { return release(client) }
        flights[client]?.isRereading = true
        let home = self.home
        directory.reread(client) { result in
            home.eventLoop.execute { home.forwarding?.reread(client, result) }
        }
    }

    private func reread(_ client: ClientID, _ result: Result<RemoteRoute?, KeyValueError>) {
        guard var flight = flights[client], flight.isRereading else { return }
        let returned = flight.returned
        flight.returned = []
        flight.isRereading = false
        flight.reread = try? result.get()
        if case .success = result { flight.held = CircularBuffer(returned + flight.held) }
        flights[client] = flight
        if case .failure(let error) = result { giveUp(returned, because: error) }
        release(client)
    }

    private func giveUp(_ pushes: [HeldPush], because error: KeyValueError) {
        for push in pushes {
            letGo(push)
            metrics.unreachable.increment()
            let detail = "client_id \(push.request.client) has moved, and its route cannot be read: \(error.message)"
            let result = PushResult(.unreachable, isSuccess: false, message: push.id, detail: detail)
            home.answer(push.caller, tag: push.tag, result)
        }
    }
}

extension LoopForwarding: ForwardingAnswers {
    func answered(_ tag: UInt64, _ answer: ForwardAnswer, by node: Incarnation) {
        home.eventLoop.assertInEventLoop()
        guard let call = tickets[tag], call.route.incarnation == node else { return metrics.strayAnswers.increment() }
        switch answer {
        case .awaiting:
            guard !call.isWritten else { return metrics.strayAnswers.increment() }
            tickets.markWritten(tag)
            landed(call.client)
        case .done(let outcome, let detail):
            _ = tickets.take(tag)
            self.answer(call, outcome, detail)
            if !call.isWritten { landed(call.client) }
        case .wrongNode(let message):
            guard !call.isWritten else { return metrics.strayAnswers.increment() }
            _ = tickets.take(tag)
            returned(call, message)
        }
    }

    private func returned(_ call: ForwardedCall, _ message: EncodedMessage) {
        metrics.wrongNode.increment()
        if call.isRetry || !hasRoom(for: message.byteCount) {
            home.answer(call.caller, tag: call.tag, .notConnected(call.client, call.message))
        } else {
            let request = PushRequest(
                client: call.client, content: .text(""), waitFor: call.waitFor, deadline: call.deadline
            )
            let push = HeldPush(
                request: request, id: call.message, caller: call.caller, tag: call.tag, message: keep(message),
                refused: call.route
            )
            flights[call.client]?.returned.append(push)
        }
        landed(call.client)
    }

    func lost(_ node: Incarnation, _ loss: ForwardLoss) {
        home.eventLoop.assertInEventLoop()
        for tag in tickets.tags(of: node) {
            guard let call = tickets.take(tag) else { continue }
            switch loss {
            case .unsent(let reason):
                metrics.unreachable.increment()
                answer(call, .unreachable, reason)
            case .unknown(let reason) where call.isWritten:
                answer(call, .written, "the client's acknowledgement did not arrive: \(reason)")
            case .unknown(let reason):
                metrics.unknown.increment()
                answer(call, .unknown, "it may have been written or not: \(reason)")
            }
            if !call.isWritten { landed(call.client) }
        }
    }
}

extension HeldPush {
    /// The node on this way has said already that it does not hold the client.
    fileprivate func wasRefused(along way: PushWay) -> Bool {
        guard let refused, case .remote(let route) = way else { return false }
        return route.isSameSession(as: refused)
    }
}

extension PushResult.Outcome {
    /// Whether this is what a caller waited for, or more.
    func reaches(_ stage: PushRequest.Stage) -> Bool {
        switch self {
        case .written: stage <= .written
        case .received: stage <= .received
        case .applied: stage <= .applied
        case .rejected, .notConnected, .congested, .unreachable, .unknown: false
        }
    }
}
