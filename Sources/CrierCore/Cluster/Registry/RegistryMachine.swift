import NIOCore

/// What the registry wants done. The shell does it with the real store, the simulation with one of its own.
enum RegistryAction {
    case submit(StoreTransaction, RegistryCall)
    case grantLease(milliseconds: Int64)
    case renewLease(StoreLease.ID)
    case revokeLease(StoreLease.ID)
    /// The change feed is silent: open it anew.
    case restartFeed
    /// A session here lost its client to another node's.
    case end(ClientID, Generation, RemoteEnd)
    /// The client's node died, and it has not come back anywhere.
    case offline(ClientID, Generation)
    /// An instance of a client took it from another, on another node.
    case takeover(ClientID, by: InstanceID, from: InstanceID)
    case node(NodeChange)
    case note(RegistryNote)
}

/// Which transaction an answer belongs to.
enum RegistryCall: Equatable {
    case node
    case batch(UInt64)
    case sweep
}

/// How a session ends that lost its client to another node's.
enum RemoteEnd: Equatable {
    /// The other is newer: for good.
    case superseded
    /// Its generation was too low: the client comes again and gets a higher one.
    case comeAgain
}

/// What operators are told.
enum RegistryNote: Equatable {
    case entered
    /// The lease's time is over: pushes from other nodes are refused until it is back.
    case unproven
    case displaced
    case damaged(StoreKey)
}

/// The registry of a node, as a plain state machine: answers of the store, news of its feed, sessions and time go in;
/// actions come out. The same code runs under the simulation.
///
/// Belongs to one loop; `routes` and `generations` are read on any.
struct RegistryMachine {
    let node: NodeID
    let incarnation: Incarnation
    let routes: RouteTable
    let generations: ClusterGenerations
    private(set) var map: ClusterMap
    private(set) var membership: Membership
    private(set) var registrar: Registrar
    private(set) var health = StoreHealth()
    private var sweeper = Sweeper()
    private var feedHeard: NIODeadline
    private(set) var isProven = false
    private var isLeaving = false
    private(set) var hasLeft = false
    private let random: () -> UInt64
    private var actions: [RegistryAction] = []

    init(
        _ node: ClusterNode,
        routes: RouteTable,
        generations: ClusterGenerations,
        now: NIODeadline,
        random: @escaping () -> UInt64
    ) {
        self.node = node.id
        incarnation = node.incarnation
        self.routes = routes
        self.generations = generations
        self.random = random
        map = ClusterMap(own: node.id, routes: routes)
        membership = Membership(node)
        registrar = Registrar(node.id, node.incarnation)
        feedHeard = now
    }

    /// What is to be done now, in this order.
    mutating func takeActions() -> [RegistryAction] {
        defer { actions = [] }
        return actions
    }

    /// When `tick` must be called, if nothing else happens.
    func due(now: NIODeadline) -> NIODeadline {
        guard !hasLeft else { return .distantFuture }
        var due = min(membership.due(map, now: now), feedHeard + RegistryLimits.feedSilence)
        if membership.fence(map) != nil {
            due = min(due, registrar.due(now: now), sweeper.due(map, own: node, now: now))
        }
        return due
    }

    mutating func tick(now: NIODeadline) { pump(now: now) }

    // MARK: Sessions

    mutating func started(_ session: LocalSession, now: NIODeadline) {
        registrar.started(session, map, now: now)
        pump(now: now)
    }

    mutating func ended(_ client: ClientID, _ generation: Generation, now: NIODeadline) {
        registrar.ended(client, generation, map, now: now)
        pump(now: now)
    }

    /// What the node's record tells of its load and state.
    mutating func update(sessions: Int, state: ClusterNode.State, now: NIODeadline) {
        membership.wanted.sessions = sessions
        membership.wanted.state = state
        pump(now: now)
    }

    /// Where other nodes and clients reach this one.
    mutating func announce(peerAddress: String, clientAddress: String, now: NIODeadline) {
        membership.wanted.peerAddress = peerAddress
        membership.wanted.clientAddress = clientAddress
        pump(now: now)
    }

    /// The last: when no client's record is left to remove, the node's own goes.
    mutating func leave(now: NIODeadline) {
        isLeaving = true
        pump(now: now)
    }

    /// Holds what the registry believes of this node's sessions against what is true. `isOpen` says so of a session.
    mutating func audit(
        _ sessions: [LocalSession],
        isOpen: (ClientID, Generation) -> Bool,
        now: NIODeadline
    ) {
        for session in registrar.sessions where !isOpen(session.client, session.generation) {
            registrar.ended(session.client, session.generation, map, now: now)
        }
        for session in sessions where isOpen(session.client, session.generation) {
            registrar.started(session, map, now: now)
        }
        for client in registrar.clients { registrar.review(client, map, now: now) }
        let life = map.lives[node]?.first { $0.owner.incarnation == incarnation }
        for client in life?.clients ?? [] { registrar.review(client, map, now: now) }
        pump(now: now)
    }

    // MARK: News

    mutating func hear(_ event: SnapshotWatch.Event, now: NIODeadline) {
        feedHeard = now
        health.answered()
        map.hear(event, now: now)
        react(now: now)
        pump(now: now)
    }

    /// The feed ended, or could not be opened; another one is about to begin.
    mutating func feedEnded(now: NIODeadline) {
        feedHeard = now
        map.restartFeed()
    }

    /// What somebody read of a key of the registry, linearizably.
    mutating func learned(_ key: StoreKey, _ read: StoreRead, now: NIODeadline) {
        learn(key, read.entry, read.position, now: now)
        pump(now: now)
    }

    /// The feed could not be opened, or went on no longer.
    mutating func feedFailed(_ error: KeyValueError, now: NIODeadline) {
        health.note(Result<Void, KeyValueError>.failure(error), now: now)
    }

    // MARK: Answers

    mutating func granted(
        _ result: Result<StoreLease, KeyValueError>,
        sentAt: NIODeadline,
        now: NIODeadline
    ) {
        health.note(result, now: now)
        membership.granted(result, sentAt: sentAt, now: now, random)
        pump(now: now)
    }

    mutating func renewed(
        _ id: StoreLease.ID,
        _ result: Result<StoreLease, KeyValueError>,
        sentAt: NIODeadline,
        now: NIODeadline
    ) {
        health.note(result, now: now)
        membership.renewed(id, result, sentAt: sentAt, now: now)
        pump(now: now)
    }

    mutating func answered(
        _ call: RegistryCall,
        _ result: Result<StoreTransaction.Outcome, KeyValueError>,
        now: NIODeadline
    ) {
        health.note(result, now: now)
        if case .success(let outcome) = result { learn(outcome, now: now) }
        switch call {
        case .node:
            membership.put(result, now: now, random)
        case .batch(let id):
            registrar.answered(id, result, map, now: now, random)
        case .sweep:
            let isDone = if case .success(let outcome) = result { outcome.succeeded } else { false }
            for (client, generation) in sweeper.answered(isDone) where routes.live(client) == nil {
                actions.append(.offline(client, generation))
            }
        }
        pump(now: now)
    }

    private mutating func learn(_ outcome: StoreTransaction.Outcome, now: NIODeadline) {
        for change in outcome.changes {
            let position = StorePosition(epoch: outcome.position.epoch, revision: change.revision)
            learn(change.key, change.entry, position, now: now)
        }
        if let refusal = outcome.refusal { learn(refusal.failed.key, refusal.current, outcome.position, now: now) }
    }

    private mutating func learn(_ key: StoreKey, _ entry: StoreEntry?, _ position: StorePosition, now: NIODeadline) {
        // Of another epoch: the feed will say the same in the right order.
        guard map.position == nil || map.position?.epoch == position.epoch else { return }
        generations.observe(position.revision)
        map.learn(key, entry, at: entry?.revision ?? position.revision, now: now)
        react(now: now)
    }

    // MARK: -

    /// To what the map has learned.
    private mutating func react(now: NIODeadline) {
        if let position = map.position { generations.observe(position.revision) }
        defer { if map.hasSnapshot, !routes.isComplete { routes.setComplete() } }
        for event in map.takeEvents() {
            switch event {
            case .client(let client, let before, let after): changed(client, before, after, now: now)
            case .node(let change): actions.append(.node(change))
            case .damaged(let key): actions.append(.note(.damaged(key)))
            case .ownNode: break
            }
        }
    }

    private mutating func changed(_ client: ClientID, _ before: RouteEntry?, _ after: RouteEntry?, now: NIODeadline) {
        if let after { generations.observe(after.generation.rawValue) }
        guard let after, !isOurs(after) else { return registrar.review(client, map, now: now) }
        if let before, before.instance.isKnown, after.instance.isKnown, before.instance != after.instance {
            actions.append(.takeover(client, by: after.instance, from: before.instance))
        }
        if let session = registrar.session(of: client), registrar.isOpen(session) {
            let replacedOurs = before.map { isOurs($0) && $0.generation == session.generation } ?? false
            end(session, Verdict(session, against: after, replacedOurs: replacedOurs))
        }
        registrar.review(client, map, now: now)
    }

    private mutating func end(_ session: LocalSession, _ verdict: Verdict) {
        guard verdict != .keep else { return }
        registrar.stop(session.client, session.generation)
        let end: RemoteEnd = verdict == .superseded ? .superseded : .comeAgain
        actions.append(.end(session.client, session.generation, end))
    }

    private func isOurs(_ entry: RouteEntry) -> Bool {
        entry.owner.node == node && entry.owner.incarnation == incarnation
    }

    /// Does whatever is due, and publishes whether the node is proven.
    private mutating func pump(now: NIODeadline) {
        guard !hasLeft else { return }
        if feedHeard + RegistryLimits.feedSilence <= now {
            feedHeard = now
            actions.append(.restartFeed)
        }
        let wasDisplaced = membership.isDisplaced
        let steps = membership.steps(map, now: now)
        if membership.isDisplaced, !wasDisplaced { actions.append(.note(.displaced)) }
        for step in steps {
            switch step {
            case .grant: actions.append(.grantLease(milliseconds: RegistryLimits.leaseMilliseconds))
            case .renew(let id): actions.append(.renewLease(id))
            case .put(let transaction): actions.append(.submit(transaction, .node))
            }
        }
        prove(now: now)
        if let fence = membership.fence(map) {
            register(fence, now: now)
            if let transaction = sweeper.step(map, own: node, now: now) { actions.append(.submit(transaction, .sweep)) }
        }
        if isLeaving, registrar.backlog == 0 { finishLeaving() }
    }

    private mutating func register(_ fence: UInt64, now: NIODeadline) {
        var ends: [(LocalSession, Verdict)] = []
        func contest(_ session: LocalSession, _ theirs: RouteEntry) -> Bool {
            let verdict = Verdict(session, against: theirs, replacedOurs: false)
            if verdict != .keep { ends.append((session, verdict)) }
            return verdict == .keep
        }
        while let (id, batch) = registrar.nextBatch(fence: fence, map, now: now, contest: contest) {
            actions.append(.submit(batch.transaction, .batch(id)))
        }
        for (session, verdict) in ends { end(session, verdict) }
    }

    private mutating func prove(now: NIODeadline) {
        let until = membership.provenUntil(map).flatMap { $0 > now ? $0 : nil }
        routes.prove(until: until)
        guard (until != nil) != isProven else { return }
        isProven = until != nil
        actions.append(.note(isProven ? .entered : .unproven))
    }

    private mutating func finishLeaving() {
        hasLeft = true
        routes.prove(until: nil)
        if let lease = membership.leaseID { actions.append(.revokeLease(lease)) }
    }
}
