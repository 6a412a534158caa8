import Metrics
import NIOCore

/// The pushes of one event loop to clients of other nodes. Belongs to the loop.
///
/// Order and honesty are its two promises: one publisher's pushes to one client arrive in the order in which they were made
/// (see `Flight`), and no answer says more than is known (see `ForwardLoss`).
final class LoopForwarding {
    // The loop owns this, the gateway owns the loop.
    private unowned let home: GatewayLoop
    private weak var sessions: NodeSessions?
    let directory: any RouteDirectory
    private let links: any PushForwarding
    let metrics: ForwardingMetrics
    private lazy var forwarder = links.forwarder(on: home.eventLoop, answers: self)
    private var tickets = ForwardTickets()
    private var flights: [ClientID: Flight] = [:]
    private var heldCount = 0
    private var heldBytes = 0

    init(_ cluster: ClusterRouting, home: GatewayLoop, sessions: NodeSessions, metrics: ForwardingMetrics) {
        directory = cluster.directory
        links = cluster.links
        self.home = home
        self.sessions = sessions
        self.metrics = metrics
    }

    /// Whether a push to this client must come through here even if the client is on this node.
    func isBusy(with client: ClientID) -> Bool { !flights.isEmpty && flights[client] != nil }

    // MARK: A push

    /// Sends the push to the node that holds its client, when its turn has come.
    ///
    /// - Parameters:
    ///   - local: the client's session on this node, if it has one.
    ///   - encode: called at most once, before this returns.
    /// - Returns: bytes of the encoded message, 0 if it was not needed. If they are more than allowed, nothing has happened.
    func push(
        _ terms: PushTerms,
        _ id: MessageID,
        local: SessionRoute?,
        caller: any PushCaller,
        tag: UInt64,
        encode: Gateway.Encode
    ) -> Int {
        let flight = flights[terms.client]
        let way = way(to: terms.client, local: local, flight)
        let mayGo = flight.map { flight in !flight.isHolding && way.map(flight.admits) ?? true } ?? true
        guard way != nil || !mayGo else {
            home.answer(caller, tag: tag, .notConnected(terms.client, id), for: terms.client)
            return 0
        }
        var size = 0
        encode(id) { message in
            size = message.byteCount
            guard message.isAllowed else { return }
            if let way, mayGo {
                send(terms, id, message, caller, tag, along: way, flight, isRetry: false)
            } else if let flight {
                hold(terms, id, message, caller, tag, behind: flight)
            }
        }
        return size
    }

    private func way(to client: ClientID, local: SessionRoute?, _ flight: Flight?) -> PushWay? {
        if let local { return .local(local) }
        let known = directory.route(to: client)
        guard let reread = flight?.reread else { return known.map(PushWay.remote) }
        guard let known, known.generation >= reread.generation else { return .remote(reread) }
        return .remote(known)
    }

    private func send(
        _ terms: PushTerms,
        _ id: MessageID,
        _ message: EncodedMessage,
        _ caller: any PushCaller,
        _ tag: UInt64,
        along way: PushWay,
        _ flight: Flight?,
        isRetry: Bool
    ) {
        switch way {
        case .local(let route):
            sessions?.router.deliver(message, id, along: route, terms, from: home, caller: caller, tag: tag)
        case .remote(let route):
            let flight = flight ?? Flight(of: terms.client, along: route)
            let call = ForwardedCall(
                caller: caller, tag: tag, message: id, terms: terms, flight: flight, route: route, isRetry: isRetry
            )
            forward(call, message)
        }
    }

    private func forward(_ call: ForwardedCall, _ message: EncodedMessage) {
        guard let ticket = tickets.add(call) else {
            let detail = "\(ForwardingLimits.pushesPerLoop) pushes of this event loop are with other nodes already"
            return answer(call, .congested, detail)
        }
        var push = ForwardedPush(client: call.terms.client, generation: call.route.generation, tag: ticket)
        if call.terms.waitFor > .written {
            let now = home.eventLoop.now
            push.waitFor = call.terms.waitFor
            push.patience = call.terms.ackDeadline(at: now) - now
            push.message = call.message
        }
        switch forwarder.forward(push, message, along: call.route) {
        case .accepted:
            if call.flight.isOver { flights[call.terms.client] = call.flight }
            call.flight.route = call.route
            call.flight.underWay += 1
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
        _ terms: PushTerms,
        _ id: MessageID,
        _ message: EncodedMessage,
        _ caller: any PushCaller,
        _ tag: UInt64,
        behind flight: Flight
    ) {
        guard hasRoom(for: message.byteCount) else {
            let detail = """
                \(ForwardingLimits.heldPushesPerLoop) pushes or \(ForwardingLimits.heldBytesPerLoop) bytes of this event \
                loop wait for their clients' routes already
                """
            let result = PushResult(.congested, isSuccess: false, message: id, detail: detail)
            return home.answer(caller, tag: tag, result, for: terms.client)
        }
        flight.hold(HeldPush(terms: terms, id: id, caller: caller, tag: tag, message: keep(message), refused: nil))
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
    private func release(_ flight: Flight) {
        while !flight.isRereading, flight.returned.isEmpty, let next = flight.firstHeld {
            let local = home.context.registry.route(to: flight.client)
            let way = way(to: flight.client, local: local, flight)
            if let way, !flight.admits(way) { break }
            flight.removeFirstHeld()
            letGo(next)
            dispatch(next, along: way, flight)
        }
        if flight.isOver { flights[flight.client] = nil }
    }

    private func dispatch(_ push: HeldPush, along way: PushWay?, _ flight: Flight) {
        if let deadline = push.terms.deadline, deadline <= home.eventLoop.now {
            let detail = "its deadline passed before it could be sent to client_id \(push.terms.client)"
            let result = PushResult(.unreachable, isSuccess: false, message: push.id, detail: detail)
            return home.answer(push.caller, tag: push.tag, result, for: push.terms.client)
        }
        guard let way, !push.wasRefused(along: way) else {
            let client = push.terms.client
            return home.answer(push.caller, tag: push.tag, .notConnected(client, push.id), for: client)
        }
        push.message.withUnsafeReadableBytes { bytes in
            send(
                push.terms, push.id, EncodedMessage(bytes), push.caller, push.tag, along: way, flight,
                isRetry: push.refused != nil
            )
        }
    }

    // MARK: Answers

    private func answer(_ call: ForwardedCall, _ outcome: PushResult.Outcome, _ detail: String) {
        let isSuccess = outcome.reaches(call.terms.waitFor)
        let node = outcome == .notConnected ? nil : call.route.node
        home.answer(
            call.caller,
            tag: call.tag,
            PushResult(
                outcome, isSuccess: isSuccess, message: call.message, node: node, detail: isSuccess ? "" : detail),
            for: call.terms.client
        )
    }

    /// One push of the client less is under way.
    private func landed(_ flight: Flight) {
        flight.underWay -= 1
        guard flight.underWay == 0 else { return }
        if flight.isOver {
            flights[flight.client] = nil
        } else {
            settle(flight)
        }
    }

    /// None of the client's pushes is under way: what waited for that goes on.
    private func settle(_ flight: Flight) {
        guard !flight.isRereading else { return }
        guard !flight.returned.isEmpty else { return release(flight) }
        flight.isRereading = true
        let client = flight.client
        let home = self.home
        directory.reread(client) { result in
            home.eventLoop.execute { home.forwarding?.reread(client, result) }
        }
    }

    private func reread(_ client: ClientID, _ result: Result<RemoteRoute?, KeyValueError>) {
        guard let flight = flights[client], flight.isRereading else { return }
        flight.isRereading = false
        switch result {
        case .success(let route):
            flight.reread = route
            flight.holdReturned()
        case .failure(let error):
            flight.reread = nil
            giveUp(flight.takeReturned(), because: error)
        }
        release(flight)
    }

    private func giveUp(_ pushes: [HeldPush], because error: KeyValueError) {
        for push in pushes {
            letGo(push)
            metrics.unreachable.increment()
            let detail = "client_id \(push.terms.client) has moved, and its route cannot be read: \(error.message)"
            let result = PushResult(.unreachable, isSuccess: false, message: push.id, detail: detail)
            home.answer(push.caller, tag: push.tag, result, for: push.terms.client)
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
            arrived(call.flight, tag)
            landed(call.flight)
        case .done(let outcome, let detail):
            _ = tickets.take(tag)
            self.answer(call, outcome, detail)
            guard !call.isWritten else { return }
            if outcome.mayHaveArrived { arrived(call.flight, tag) }
            landed(call.flight)
        case .wrongNode(let message):
            guard !call.isWritten else { return metrics.strayAnswers.increment() }
            _ = tickets.take(tag)
            returned(call, message, sentAs: tag)
        }
    }

    /// What was refused before and would come behind this one now is not sent again.
    private func arrived(_ flight: Flight, _ tag: UInt64) {
        for push in flight.arrived(tag) {
            letGo(push)
            home.answer(push.caller, tag: push.tag, .notConnected(flight.client, push.id), for: flight.client)
        }
    }

    private func returned(_ call: ForwardedCall, _ message: EncodedMessage, sentAs tag: UInt64) {
        metrics.wrongNode.increment()
        if call.isRetry || call.flight.hasOvertaken(tag) || !hasRoom(for: message.byteCount) {
            let client = call.terms.client
            home.answer(call.caller, tag: call.tag, .notConnected(client, call.message), for: client)
        } else {
            let push = HeldPush(
                terms: call.terms, id: call.message, caller: call.caller, tag: call.tag, message: keep(message),
                refused: call.route, sentAs: tag
            )
            call.flight.returned.append(push)
        }
        landed(call.flight)
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
                arrived(call.flight, tag)
            }
            if !call.isWritten { landed(call.flight) }
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
    /// Whether the client may have been told.
    fileprivate var mayHaveArrived: Bool {
        switch self {
        case .written, .received, .applied, .rejected, .unknown: true
        case .notConnected, .congested, .unreachable: false
        }
    }

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
