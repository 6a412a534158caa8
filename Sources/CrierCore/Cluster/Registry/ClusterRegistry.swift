public import Logging
public import NIOCore
import Synchronization

/// The cluster's registry on one node: which node holds which client, and this node's own clients for all others.
///
/// A thin shell around `RegistryMachine`: it runs it on one event loop, hands it what the store, the feed and the
/// sessions say, and does what it wants done. `run` must be running.
///
/// @unchecked Sendable: the `let`s are immutable and Sendable; every `var` is touched on `eventLoop` only, which the
/// functions assert. Other threads come in through `news`, `shared` and `eventLoop.execute`.
public final class ClusterRegistry: @unchecked Sendable {
    struct Shared {
        var nodes: [ClusterNode] = []
        var status: RegistryStatus
    }

    /// What sessions tell: gathered, so that one wake serves many.
    enum News {
        case started(LocalSession)
        case ended(ClientID, Generation)
    }

    struct Inbox {
        var news: [News] = []
        var isWoken = false
    }

    typealias Job = @Sendable () async -> Void
    typealias RereadCompletion = @Sendable (Result<RemoteRoute?, KeyValueError>) -> Void

    let node: NodeID
    /// Tells this process from all others that ever had this node's name.
    public let incarnation: Incarnation
    let routes: RouteTable
    let store: any KeyValueStore
    let eventLoop: any EventLoop
    let clock: MonotonicClock
    let logger: Logger
    let metrics = RegistryMetrics()
    let shared: Mutex<Shared>
    private let clusterGenerations = ClusterGenerations()
    private let news = Mutex(Inbox())
    private let damagedLines = LogBudget(lines: RegistryLimits.damagedLines, per: .minutes(1))
    private let readiness: EventLoopPromise<Void>
    private let departure: EventLoopPromise<Void>
    /// Store calls that need a task. Bounded by what asks for them: leases by the machine, re-reads by their limit.
    let jobs: AsyncStream<Job>
    let jobSink: AsyncStream<Job>.Continuation

    // MARK: On the loop only

    private var machine: RegistryMachine
    private var tick: Scheduled<Void>?
    private var tickDue = NIODeadline.distantFuture
    private var observers: [any NodeObserver] = []
    private var isPerforming = false
    private(set) var isEnded = false
    private var auditAt: NIODeadline
    weak var gateway: (any ClusterGateway)?
    var rereads: [ClientID: [RereadCompletion]] = [:]
    /// Ends the feed that is being read, so that another begins.
    var endFeed: (() -> Void)?

    /// - Parameters:
    ///   - node: this node, with a new incarnation.
    ///   - store: the one that all nodes share.
    ///   - eventLoop: any; nothing on the way of a push runs on it.
    ///   - clock: what leases are measured by.
    public init(
        node: ClusterNode,
        store: any KeyValueStore,
        eventLoop: any EventLoop,
        clock: MonotonicClock = .system,
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) },
        logger: Logger = Logger(label: "crier.registry")
    ) {
        self.node = node.id
        incarnation = node.incarnation
        self.store = store
        self.eventLoop = eventLoop
        self.clock = clock
        self.logger = logger
        routes = RouteTable(own: node.incarnation)
        shared = Mutex(Shared(status: RegistryStatus(node: node)))
        readiness = eventLoop.makePromise()
        departure = eventLoop.makePromise()
        (jobs, jobSink) = AsyncStream.makeStream(of: Job.self)
        let now = clock.now
        auditAt = now + RegistryLimits.auditInterval
        machine = RegistryMachine(node, routes: routes, generations: clusterGenerations, now: now, random: random)
    }

    /// Where this node's sessions get their generations from.
    public var generations: any GenerationSource { clusterGenerations }

    /// How the registry is.
    public var status: RegistryStatus { shared.withLock { $0.status } }

    /// Records of clients, of all nodes.
    public var routeCount: Int { routes.count }

    /// Returns when the map is complete and this node is in it. Throws when the registry ends before.
    public func ready() async throws { try await readiness.futureResult.get() }

    /// The gateway whose sessions these are; told by the gateway itself.
    func serve(_ gateway: any ClusterGateway) { eventLoop.execute { self.gateway = gateway } }

    // MARK: Sessions, from any loop

    func started(_ session: LocalSession) { tell(.started(session)) }

    func ended(_ client: ClientID, _ generation: Generation) { tell(.ended(client, generation)) }

    private func tell(_ item: News) {
        let mustWake = news.withLock { inbox in
            inbox.news.append(item)
            defer { inbox.isWoken = true }
            return !inbox.isWoken
        }
        if mustWake { eventLoop.execute { self.hearSessions() } }
    }

    private func hearSessions() {
        let items = news.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox.news
        }
        drive { machine, now in
            for item in items {
                switch item {
                case .started(let session): machine.started(session, now: now)
                case .ended(let client, let generation): machine.ended(client, generation, now: now)
                }
            }
        }
    }

    /// Tells the others where this node is reached; before `run`, or when it changes.
    public func announce(peerAddress: String, clientAddress: String) {
        eventLoop.execute {
            self.drive { $0.announce(peerAddress: peerAddress, clientAddress: clientAddress, now: $1) }
        }
    }

    /// Tells the others whether this node takes clients.
    func declare(_ state: ClusterNode.State) {
        eventLoop.execute {
            self.drive { machine, now in
                let sessions = machine.registrar.sessionCount
                machine.update(sessions: sessions, state: state, now: now)
            }
        }
    }

    // MARK: Leaving

    /// Removes what this node has in the registry, when its clients are gone. Returns when that is done, or the time is
    /// over: a store that is away must not keep the node, whose lease ends by itself.
    public func leave(within time: TimeAmount) async {
        eventLoop.execute {
            self.drive { $0.leave(now: $1) }
            self.eventLoop.scheduleTask(in: time) { self.departure.succeed() }
        }
        try? await departure.futureResult.get()
    }

    /// The node's record is gone, or will go with its lease.
    func hasLeft() { departure.succeed() }

    /// Nothing runs any more.
    func finish() {
        eventLoop.assertInEventLoop()
        tick?.cancel()
        tickDue = .distantFuture
        isEnded = true
        readiness.fail(KeyValueError(.unavailable, "the registry ended before this node entered the cluster"))
        departure.succeed()
        for completion in rereads.values.joined() {
            completion(.failure(KeyValueError(.unavailable, "the registry ended")))
        }
        rereads = [:]
        observers = []
    }

    // MARK: The machine

    /// Gives the machine something, does what it says, and arranges for its next tick.
    func drive(_ input: (inout RegistryMachine, NIODeadline) -> Void) {
        eventLoop.assertInEventLoop()
        guard !isEnded else { return }
        input(&machine, clock.now)
        // What an action does may come back here: the loop below goes on with it.
        guard !isPerforming else { return }
        isPerforming = true
        while case let actions = machine.takeActions(), !actions.isEmpty {
            for action in actions { perform(action) }
        }
        isPerforming = false
        publish()
        wake()
    }

    private func wake() {
        let due = max(min(machine.due(now: clock.now), auditAt), clock.now)
        guard due < tickDue else { return }
        tick?.cancel()
        tickDue = due
        tick = eventLoop.scheduleTask(deadline: due) { self.ticked() }
    }

    private func ticked() {
        tickDue = .distantFuture
        drive { machine, now in
            let sessions = machine.registrar.sessionCount
            machine.update(sessions: sessions, state: machine.membership.wanted.state, now: now)
            if auditAt <= now {
                auditAt = now + RegistryLimits.auditInterval
                audit(&machine, now)
            }
            machine.tick(now: now)
        }
    }

    private func audit(_ machine: inout RegistryMachine, _ now: NIODeadline) {
        guard let gateway else { return }
        machine.audit(gateway.localSessions, isOpen: gateway.isOpen, now: now)
    }

    private func publish() {
        let status = machine.status
        let nodes = machine.map.others
        shared.withLock { shared in
            shared.status = status
            if shared.nodes != nodes { shared.nodes = nodes }
        }
        metrics.show(status)
        if status.isReady { readiness.succeed() }
        if machine.hasLeft, machine.membership.leaseID == nil { hasLeft() }
    }

    private func perform(_ action: RegistryAction) {
        switch action {
        case .submit(let transaction, let call): submit(transaction, call)
        case .grantLease(let milliseconds): grant(milliseconds)
        case .renewLease(let id): renew(id)
        case .revokeLease(let id): revoke(id)
        case .restartFeed: endFeed?()
        case .end(let client, let generation, let how):
            metrics.ended(how)
            gateway?.end(client, generation, how)
        case .offline(let client, let generation): gateway?.offline(client, generation)
        case .takeover(let client, let newcomer, let holder): gateway?.tookOver(client, by: newcomer, from: holder)
        case .node(let change):
            log(change)
            for observer in observers { observer.nodesChanged(change) }
        case .note(let note): log(note)
        }
    }

    // MARK: Observers

    /// The others that are there come first.
    func add(_ observer: any NodeObserver) {
        eventLoop.assertInEventLoop()
        observers.append(observer)
        for node in machine.map.others { observer.nodesChanged(.joined(node)) }
    }

    private func log(_ change: NodeChange) {
        switch change {
        case .joined(let node): logger.info("A node joined the cluster", metadata: metadata(node))
        case .left(let node): logger.warning("A node left the cluster", metadata: metadata(node))
        case .changed(let node): logger.debug("A node changed", metadata: metadata(node))
        }
    }

    private func metadata(_ node: ClusterNode) -> Logger.Metadata {
        [
            "node": "\(node.id)", "incarnation": "\(node.incarnation)", "peer": "\(node.peerAddress)",
            "state": "\(node.state.word)", "sessions": "\(node.sessions)",
        ]
    }

    private func log(_ note: RegistryNote) {
        switch note {
        case .entered:
            logger.info("This node is in the cluster", metadata: ["incarnation": "\(incarnation)"])
        case .unproven:
            logger.warning("This node's lease ran out: pushes from other nodes are refused until it is back")
        case .displaced:
            logger.error(
                "Another process has entered the cluster under this node's name", metadata: ["node": "\(node)"])
        case .damaged(let key):
            metrics.foundDamaged()
            guard let omitted = damagedLines.admit(at: clock.now) else { return }
            logger.warning(
                "A record of the registry cannot be read", metadata: ["key": "\(key)", "omitted": "\(omitted)"])
        }
    }
}
