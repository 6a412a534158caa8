import Metrics
import NIOCore

/// The pushes of one event loop to clients of other nodes. Belongs to the loop.
///
/// Order and honesty are its two promises: one publisher's pushes to one client arrive in the order in which they were
/// made (see `Flight`), and no answer says more than is known (see `ForwardLoss`).
final class LoopForwarding {
    // The loop owns this, the gateway owns the loop.
    private unowned let home: GatewayLoop
    private weak var sessions: NodeSessions?
    let directory: any RouteDirectory
    private let links: any PushForwarding
    let metrics: ForwardingMetrics
    private lazy var forwarder = links.forwarder(on: home.eventLoop, answers: self)
    // Unchecked, since every push uses them. No use can overlap another: what is done to them calls nobody but the hash
    // and the comparison of ids, and what they let go of is still held by whoever asked for it: no `deinit` runs
    // within.
    @exclusivity(unchecked) private var tickets = ForwardTickets()
    @exclusivity(unchecked) private var flights: [ClientID: Flight] = [:]
    private var heldCount = 0
    private var heldBytes = 0

    init(_ cluster: ClusterRouting, home: GatewayLoop, sessions: NodeSessions, metrics: ForwardingMetrics) {
        directory = cluster.directory
        links = cluster.links
        self.home = home
        self.sessions = sessions
        self.metrics = metrics
    }

    /// The client's pushes that have not arrived yet. While there are any, a new one must come through here even if the
    /// client is on this node.
    func flight(of client: ClientID) -> Flight? { flights.isEmpty ? nil : flights[client] }

    // MARK: A push

    /// Sends the push to the node that holds its client, when its turn has come.
    ///
    /// - Parameters:
    ///   - local: the client's session on this node, if it has one.
    ///   - flight: the client's, as `flight(of:)` has it now.
    ///   - encode: called at most once, before this returns.
    /// - Returns: bytes of the encoded message, 0 if it was not needed. If they are more than allowed, nothing has
    ///   happened.
    func push(_ call: PushCall, local: SessionRoute?, behind flight: Flight?, encode: Gateway.Encode) -> Int {
        let way = way(to: call.terms.client, local: local, flight)
        let mayGo = flight.map { flight in !flight.isHolding && way.map(flight.admits) ?? true } ?? true
        guard way != nil || !mayGo else {
            home.answer(call, .notConnected)
            return 0
        }
        var size = 0
        encode(call.id) { message in
            size = message.byteCount
            guard message.isAllowed else { return }
            if let way, mayGo {
                send(call, message, along: way, flight, isRetry: false)
            } else if let flight {
                hold(call, message, behind: flight)
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
        _ call: PushCall, _ message: EncodedMessage, along way: PushWay, _ flight: Flight?, isRetry: Bool
    ) {
        switch way {
        case .local(let route):
            guard let sessions else { return home.answer(call, .notConnected) }
            sessions.router.deliver(call, message, along: route, from: home)
        case .remote(let route):
            let flight = flight ?? Flight(of: call.terms.client, along: route)
            forward(call, message, along: route, flight, isRetry: isRetry)
        }
    }

    private func forward(
        _ call: PushCall, _ message: EncodedMessage, along route: RemoteRoute, _ flight: Flight, isRetry: Bool
    ) {
        guard !tickets.isFull else {
            let detail = "\(ForwardingLimits.pushesPerLoop) pushes of this event loop are with other nodes already"
            return answer(call, .congested, by: route.node, detail)
        }
        let ticket = tickets.add(ForwardedCall(call: call, flight: flight, route: route, isRetry: isRetry))
        var push = ForwardedPush(client: call.terms.client, generation: route.generation, tag: ticket)
        if call.terms.waitFor > .written {
            let now = home.eventLoop.now
            push.waitFor = call.terms.waitFor
            push.patience = call.terms.ackDeadline(at: now) - now
            push.message = call.id
        }
        switch forwarder.forward(push, message, along: route) {
        case .accepted:
            if flight.isOver { flights[flight.client] = flight }
            flight.route = route
            flight.underWay += 1
        case .congested(let detail):
            guard tickets.take(ticket) != nil else { return }
            answer(call, .congested, by: route.node, detail)
        case .unreachable(let detail):
            guard tickets.take(ticket) != nil else { return }
            metrics.unreachable.increment()
            answer(call, .unreachable, by: route.node, detail)
        }
    }

    private func hold(_ call: PushCall, _ message: EncodedMessage, behind flight: Flight) {
        guard hasRoom(for: message.byteCount) else {
            let detail = """
                \(ForwardingLimits.heldPushesPerLoop) pushes or \(ForwardingLimits.heldBytesPerLoop) bytes of this event \
                loop wait for their clients' routes already
                """
            return home.answer(call, PushResult(.congested, isSuccess: false, message: call.id, detail: detail))
        }
        flight.hold(HeldPush(call: call, message: keep(message), refused: nil))
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
        if let deadline = push.call.terms.deadline, deadline <= home.eventLoop.now {
            let detail = "its deadline passed before it could be sent to client_id \(flight.client)"
            let result = PushResult(.unreachable, isSuccess: false, message: push.call.id, detail: detail)
            return home.answer(push.call, result)
        }
        guard let way, !push.wasRefused(along: way) else { return home.answer(push.call, .notConnected) }
        push.message.withUnsafeReadableBytes { bytes in
            send(push.call, EncodedMessage(bytes), along: way, flight, isRetry: push.refused != nil)
        }
    }

    // MARK: Answers

    private func answer(_ call: PushCall, _ outcome: PushResult.Outcome, by node: NodeID, _ detail: String) {
        let isSuccess = outcome.reaches(call.terms.waitFor)
        home.answer(
            call,
            PushResult(
                outcome, isSuccess: isSuccess, message: call.id, node: outcome == .notConnected ? nil : node,
                detail: isSuccess ? "" : detail
            )
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
            let client = push.call.terms.client
            let detail = "client_id \(client) has moved, and its route cannot be read: \(error.message)"
            home.answer(push.call, PushResult(.unreachable, isSuccess: false, message: push.call.id, detail: detail))
        }
    }
}

extension LoopForwarding: ForwardingAnswers {
    func answered(_ tag: UInt64, _ answer: ForwardAnswer, by node: Incarnation) {
        home.eventLoop.assertInEventLoop()
        guard let isWritten = tickets.isWritten(tag, at: node) else { return metrics.strayAnswers.increment() }
        switch answer {
        case .awaiting:
            guard !isWritten, let flight = tickets.markWritten(tag) else { return metrics.strayAnswers.increment() }
            arrived(flight, tag)
            landed(flight)
        case .done(let outcome, let detail):
            guard let push = tickets.take(tag) else { return }
            self.answer(push.call, outcome, by: push.route.node, detail)
            guard !isWritten else { return }
            if outcome.mayHaveArrived { arrived(push.flight, tag) }
            landed(push.flight)
        case .wrongNode(let message):
            guard !isWritten, let push = tickets.take(tag) else { return metrics.strayAnswers.increment() }
            returned(push, message, sentAs: tag)
        }
    }

    /// What was refused before and would come behind this one now is not sent again.
    private func arrived(_ flight: Flight, _ tag: UInt64) {
        for push in flight.arrived(tag) {
            letGo(push)
            home.answer(push.call, .notConnected)
        }
    }

    private func returned(_ push: ForwardedCall, _ message: EncodedMessage, sentAs tag: UInt64) {
        metrics.wrongNode.increment()
        if push.isRetry || push.flight.hasOvertaken(tag) || !hasRoom(for: message.byteCount) {
            home.answer(push.call, .notConnected)
        } else {
            let held = HeldPush(call: push.call, message: keep(message), refused: push.route, sentAs: tag)
            push.flight.returned.append(held)
        }
        landed(push.flight)
    }

    func lost(_ node: Incarnation, _ loss: ForwardLoss) {
        home.eventLoop.assertInEventLoop()
        for tag in tickets.tags(of: node) {
            guard let push = tickets.take(tag) else { continue }
            let (call, holder) = (push.call, push.route.node)
            switch loss {
            case .unsent(let reason):
                metrics.unreachable.increment()
                answer(call, .unreachable, by: holder, reason)
            case .unknown(let reason) where push.isWritten:
                answer(call, .written, by: holder, "the client's acknowledgement did not arrive: \(reason)")
            case .unknown(let reason):
                metrics.unknown.increment()
                answer(call, .unknown, by: holder, "it may have been written or not: \(reason)")
                arrived(push.flight, tag)
            }
            if !push.isWritten { landed(push.flight) }
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
