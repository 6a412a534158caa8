public import Logging
public import NIOCore

/// The gateway of one node: its doors call this, and nothing else of the core.
///
/// What concerns a client or a push happens on loops, by plain calls: `attach` and `push` must be called on one of the
/// event loops that the gateway was made with, and answer there.
public final class Gateway: Sendable {
    let context: GatewayContext
    let loops: [GatewayLoop]
    private let loopIDs: [ObjectIdentifier]
    private let files: any FileNoticeSource
    let router: Router
    private let sessions: NodeSessions

    /// `eventLoops` are those of the listening sockets; a connection of any other loop is a mistake of the assembly.
    /// Without `cluster` this node is all there is; with it, `clusterRegistry` hears of its sessions.
    public init(
        node: NodeID,
        eventLoops: [any EventLoop],
        encoder: any MessageEncoder,
        generations: any GenerationSource,
        environment: GatewayEnvironment,
        settings: GatewaySettings = GatewaySettings(),
        files: any FileNoticeSource = NoFiles(),
        cluster: ClusterRouting? = nil,
        clusterRegistry: ClusterRegistry? = nil,
        presence: (any PresenceObserver)? = nil,
        fileStatus: (any FileStatusObserver)? = nil,
        logger: Logger = Logger(label: "crier.gateway")
    ) {
        precondition(!eventLoops.isEmpty, "a gateway needs an event loop")
        let observer = LoggingObserver(logger: logger)
        let context = GatewayContext(
            node: node,
            settings: settings,
            environment: environment,
            registry: SessionRegistry(generations: generations, routes: clusterRegistry?.routes),
            cluster: clusterRegistry,
            directory: cluster?.directory ?? clusterRegistry,
            encoder: encoder,
            presence: presence ?? observer,
            fileStatus: fileStatus ?? observer,
            logger: logger
        )
        self.context = context
        self.files = files
        loops = eventLoops.enumerated().map { GatewayLoop(index: $0, eventLoop: $1, context: context) }
        loopIDs = eventLoops.map { ObjectIdentifier($0) }
        router = Router(context: context, loops: loops)
        sessions = NodeSessions(router)
        clusterRegistry?.serve(sessions)
        guard let cluster else { return }
        let metrics = ForwardingMetrics()
        for loop in loops {
            loop.forwarding = LoopForwarding(cluster, home: loop, sessions: sessions, metrics: metrics)
        }
    }

    public var node: NodeID { context.node }
    public var settings: GatewaySettings { context.settings }

    /// A client connects: `outlet` is the way down to it. Welcome is delivered before this returns.
    ///
    /// Throws ABORTED for a late attempt, RESOURCE_EXHAUSTED with `retryAfter` for a quarantined clone, UNAVAILABLE
    /// while the node drains. Call it on the connection's loop; the outlet and the handle are bound to it.
    public func attach(
        _ registration: Registration,
        outlet: any Outlet,
        on eventLoop: any EventLoop
    ) throws(GatewayError) -> SessionHandle {
        let home = loop(of: eventLoop)
        return SessionHandle(session: try home.attach(registration, outlet: outlet), home: home)
    }

    /// A backend pushes. `caller` hears of the result exactly once, on this loop, at once when the client lives on it.
    ///
    /// Throws what is wrong with the request itself (INVALID_ARGUMENT, NOT_FOUND for an unknown file, UNIMPLEMENTED);
    /// then the caller hears nothing. A client that is not there is a result and no error.
    public func push(
        _ request: PushRequest,
        on eventLoop: any EventLoop,
        caller: any PushCaller,
        tag: UInt64 = 0
    ) throws(GatewayError) {
        try request.check()
        let origin = loop(of: eventLoop)
        guard case .fileNotice(let notice) = request.content else {
            return try router.route(request, from: origin, caller: caller, tag: tag)
        }
        var request = request
        request.content = .fileNotice(try files.completed(notice))
        try router.route(request, from: origin, caller: caller, tag: tag)
    }

    /// Encodes a message under the id that it is given: calls its second argument exactly once.
    public typealias Encode = (MessageID, (EncodedMessage) -> Void) -> Void

    /// A backend pushes what its service can encode itself, straight from the request: the hot way. The caller waits
    /// until it is handed to the client's stream. Otherwise as `push(_:on:caller:tag:)`.
    /// - Parameters:
    ///   - deadline: A push that must wait for its way to another node is not sent after it.
    ///   - encode: Called at most once, before this returns.
    public func push(
        to client: ClientID,
        deadline: NIODeadline?,
        on eventLoop: any EventLoop,
        caller: any PushCaller,
        tag: UInt64 = 0,
        encode: Encode
    ) throws(GatewayError) {
        try router.route(
            PushTerms(client: client, deadline: deadline), from: loop(of: eventLoop), caller: caller, tag: tag,
            encode: encode
        )
    }

    /// The loops are few: looking through them is quicker than a table. By their ids, since looking at the loops would
    /// count references to those of others.
    func loop(of eventLoop: any EventLoop) -> GatewayLoop {
        let id = ObjectIdentifier(eventLoop)
        for index in loopIDs.indices where loopIDs[index] == id { return loops[index] }
        preconditionFailure("the gateway was not made with this event loop")
    }
}
