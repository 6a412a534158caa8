import NIOCore

@testable import CrierCore

/// A stream of a client, as its node sees it.
final class SimulatedSession {
    unowned let client: SimulatedClient
    let node: SimulatedNode
    let session: LocalSession
    /// Pushes that were written to it.
    var received: [Int] = []
    var isOpen = true

    init(_ client: SimulatedClient, _ node: SimulatedNode, _ session: LocalSession) {
        self.client = client
        self.node = node
        self.session = session
    }
}

/// One life of a node: the registry's own code, with sessions that are as simple as can be.
final class SimulatedNode {
    let name: NodeID
    unowned let world: SimulatedWorld
    let routes: RouteTable
    private(set) var machine: RegistryMachine
    private(set) var sessions: [ClientID: SimulatedSession] = [:]
    private(set) var isDead = false
    /// Everything that reaches the process before this time happens at it.
    var pausedUntil = 0
    var isCutFromStore = false
    var isCutFromPeers = false
    /// The feed tells nothing and does not say so.
    var isFeedStuck = false
    private var feed = 0
    private var feedTail = 0
    private var tickAt = Int.max

    init(_ name: String, _ world: SimulatedWorld) throws {
        self.name = try NodeID(validating: name)
        self.world = world
        let incarnation = Incarnation(rawValue: world.random.next())
        let node = ClusterNode(id: self.name, incarnation: incarnation, peerAddress: name, clientAddress: name)
        routes = RouteTable(own: incarnation)
        machine = RegistryMachine(
            node, routes: routes, generations: ClusterGenerations(), now: world.time.now,
            random: { [unowned world] in world.random.next() })
        openFeed()
        drive { _ in }
    }

    var incarnation: Incarnation { machine.incarnation }
    var isReachable: Bool { !isDead && pausedUntil <= world.time.micros }

    // MARK: The machine

    /// Gives the machine something, does what it says, and arranges for its next tick.
    private func drive(_ input: (inout RegistryMachine) -> Void) {
        input(&machine)
        while true {
            let actions = machine.takeActions()
            if actions.isEmpty { break }
            for action in actions { perform(action) }
        }
        let due = machine.due(now: world.time.now)
        guard due < .distantFuture else { return }
        let at = max(Int(due.uptimeNanoseconds / 1_000) - 1_000_000, world.time.micros) + 1
        guard at < tickAt else { return }
        tickAt = at
        later(at - world.time.micros) { node in
            guard node.tickAt == at else { return }
            node.tickAt = .max
            node.drive { $0.tick(now: node.world.time.now) }
        }
    }

    /// Does something in this process after a time, if it still lives, and not while it is stopped.
    func later(_ delay: Int, _ body: @escaping (SimulatedNode) -> Void) {
        world.time.after(delay) { [self] in run(body) }
    }

    private func run(_ body: @escaping (SimulatedNode) -> Void) {
        if isDead { return }
        guard pausedUntil <= world.time.micros else { return later(pausedUntil - world.time.micros, body) }
        body(self)
    }

    private func perform(_ action: RegistryAction) {
        if case .submit(let transaction, _) = action {
            world.note("\(name) submits \(transaction.guards.map { "\($0.key.key) \($0.condition)" })")
        } else {
            world.note("\(name): \(action)")
        }
        let sentAt = world.time.now
        switch action {
        case .submit(let transaction, let call):
            ask({ $0.apply(transaction, by: self.name.rawValue) }) { node, result in
                node.drive { $0.answered(call, result, now: node.world.time.now) }
            }
        case .grantLease(let milliseconds):
            ask({ $0.grant(milliseconds) }) { node, result in
                node.drive { $0.granted(result, sentAt: sentAt, now: node.world.time.now) }
            }
        case .renewLease(let id):
            ask({ $0.renew(id) }) { node, result in
                node.drive { $0.renewed(id, result, sentAt: sentAt, now: node.world.time.now) }
            }
        case .revokeLease(let id):
            ask({ .success($0.revoke(id)) }) { _, _ in }
        case .restartFeed: openFeed()
        case .end(let client, let generation, let how): end(client, generation, how)
        case .offline(let client, _): world.checker.saidOffline(client)
        case .node, .note, .takeover: break
        }
    }

    /// Asks the store over the network: the question or the answer may be late, or be lost, or come twice.
    func ask<Answer>(
        _ question: @escaping (SimulatedStore) -> Result<Answer, KeyValueError>,
        _ answered: @escaping (SimulatedNode, Result<Answer, KeyValueError>) -> Void
    ) {
        let fate = world.network.fate(of: self)
        var isAnswered = false
        func answer(_ delay: Int, _ result: Result<Answer, KeyValueError>) {
            later(delay) { node in
                guard !isAnswered else { return }
                isAnswered = true
                answered(node, result)
            }
        }
        for arrival in fate.arrivals {
            world.time.after(arrival) { [self] in
                let result = question(world.store)
                if let back = fate.back { answer(back, result) }
            }
        }
        let code: KeyValueError.Code = fate.arrivals.isEmpty && fate.isKnown ? .unavailable : .indeterminate
        answer(fate.timeout, .failure(KeyValueError(code, "the network")))
    }

    // MARK: The feed

    /// A snapshot, then all changes in order, each after a delay.
    func openFeed() {
        feed += 1
        feedTail = 0
        drive { $0.feedEnded(now: world.time.now) }
        hearSnapshot(of: feed)
    }

    private func hearSnapshot(of feed: Int) {
        guard !isDead, feed == self.feed else { return }
        guard !isCutFromStore, !isFeedStuck else {
            return world.time.after(500_000) { [self] in hearSnapshot(of: feed) }
        }
        let position = world.store.position
        let entries = world.store.entries.values.sorted { $0.key < $1.key }
        let start = Int(position.revision)
        hear(feed, .entries(entries))
        hear(feed, .snapshotEnd(position))
        follow(feed, from: start)
    }

    private func follow(_ feed: Int, from place: Int) {
        guard !isDead, feed == self.feed else { return }
        guard !isCutFromStore, !isFeedStuck else {
            return world.time.after(200_000) { [self] in follow(feed, from: place) }
        }
        let news = world.store.log[place...]
        for set in news { hear(feed, .changes(set)) }
        if news.isEmpty, world.random.chance(2) { hear(feed, .progress(world.store.position)) }
        let lag =
            world.random.chance(5) ? world.random.number(100_000...2_000_000) : world.random.number(1_000...60_000)
        let next = place + news.count
        world.waitForNews(orAtMost: 5_000_000, after: next, delay: lag) { [self] in follow(feed, from: next) }
    }

    private func hear(_ feed: Int, _ event: SnapshotWatch.Event) {
        // In order, however long each takes.
        let at = max(feedTail, world.time.micros + world.random.number(100...3_000))
        feedTail = at
        later(at - world.time.micros) { node in
            guard node.feed == feed else { return }
            node.drive { $0.hear(event, now: node.world.time.now) }
        }
    }

    // MARK: Sessions

    /// nil: refused, since a later attempt of the instance is known.
    func attach(_ client: SimulatedClient, attempt: UInt64) -> SimulatedSession? {
        if let held = routes.live(client.id), held.owner.incarnation != incarnation, client.instance.isKnown,
            held.instance == client.instance, held.attempt >= attempt
        {
            return nil
        }
        if let held = sessions[client.id], client.instance.isKnown, held.session.instance == client.instance,
            held.session.attempt >= attempt
        {
            return nil
        }
        let session = LocalSession(
            client: client.id,
            session: SessionID(random: { world.random.next() }),
            generation: machine.generations.next(for: client.id),
            instance: client.instance,
            attempt: client.instance.isKnown ? attempt : 0,
            connectedAt: 0
        )
        let stream = SimulatedSession(client, self, session)
        if let old = sessions[client.id] {
            old.isOpen = false
            old.client.ended(old, .superseded)
        }
        sessions[client.id] = stream
        world.checker.began(stream)
        drive { $0.started(session, now: world.time.now) }
        return stream
    }

    /// The stream is gone.
    func detach(_ stream: SimulatedSession) {
        guard stream.isOpen else { return }
        stream.isOpen = false
        guard sessions[stream.client.id] === stream else { return }
        sessions[stream.client.id] = nil
        drive { $0.ended(stream.client.id, stream.session.generation, now: world.time.now) }
    }

    private func end(_ client: ClientID, _ generation: Generation, _ how: RemoteEnd) {
        guard let stream = sessions[client], stream.session.generation == generation else { return }
        stream.isOpen = false
        sessions[client] = nil
        world.time.after(world.random.number(100...5_000)) { stream.client.ended(stream, how) }
        machine.ended(client, generation, now: world.time.now)
    }

    func crash() {
        isDead = true
        for stream in sessions.values.sorted(by: { $0.client.id < $1.client.id }) {
            stream.isOpen = false
            let delay = world.random.number(1_000...2_000_000)
            world.time.after(delay) { stream.client.lost(stream) }
        }
        sessions = [:]
    }

    func learned(_ key: StoreKey, _ read: StoreRead) { drive { $0.learned(key, read, now: world.time.now) } }
}
