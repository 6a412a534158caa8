import NIOCore

/// What the registry asks of the gateway whose clients it registers.
protocol ClusterGateway: AnyObject, Sendable {
    /// All sessions that hold their clients now. Takes time in proportion to them.
    var localSessions: [LocalSession] { get }

    /// Whether that session holds the client now.
    func isOpen(_ client: ClientID, _ generation: Generation) -> Bool

    /// Ends a session that lost its client to another node's, if it still is there.
    func end(_ client: ClientID, _ generation: Generation, _ how: RemoteEnd)

    /// A client's node died, and the client is nowhere.
    func offline(_ client: ClientID, _ generation: Generation)

    /// An instance of a client took it from another, on another node.
    func tookOver(_ client: ClientID, by newcomer: InstanceID, from holder: InstanceID)
}

extension Session {
    /// What the registry keeps of it.
    var local: LocalSession {
        LocalSession(
            client: client,
            session: id,
            generation: generation,
            instance: instance,
            attempt: attempt,
            connectedAt: connectedAt
        )
    }
}

/// This node's sessions, as the rest of the cluster's life on this node sees them.
///
/// An object beside the gateway and not the gateway itself: those who see it hold it weakly, references to what is held
/// weakly are counted in a slower way, and each push counts the gateway.
final class NodeSessions: ClusterGateway {
    let router: Router

    init(_ router: Router) { self.router = router }

    private var context: GatewayContext { router.context }
    private var loops: [GatewayLoop] { router.loops }

    var localSessions: [LocalSession] { context.registry.sessions.map(\.local) }

    func isOpen(_ client: ClientID, _ generation: Generation) -> Bool {
        context.registry.route(to: client)?.generation == generation
    }

    func end(_ client: ClientID, _ generation: Generation, _ how: RemoteEnd) {
        guard let route = context.registry.route(to: client), route.generation == generation else { return }
        let home = loops[Int(route.loop)]
        home.eventLoop.execute { home.end(route, how) }
    }

    func offline(_ client: ClientID, _ generation: Generation) { context.changed(client, .offline, generation) }

    func tookOver(_ client: ClientID, by newcomer: InstanceID, from holder: InstanceID) {
        context.registry.tookOver(client, by: newcomer, from: holder, at: loops[0].eventLoop.now)
    }
}

extension ClusterRegistry {
    /// Throws UNAVAILABLE while this node has not read the registry: a session's generation would be too low.
    func requireMap() throws(GatewayError) {
        guard !routes.isComplete else { return }
        throw GatewayError(
            .unavailable,
            "this node has not entered the cluster yet; try another",
            retryAfter: RegistryLimits.firstRetry * 10
        )
    }
}

extension GatewayLoop {
    /// Another node has the client now.
    fileprivate func end(_ route: SessionRoute, _ how: RemoteEnd) {
        guard let session = sessions[route] else { return }
        switch how {
        case .superseded:
            supersede(session)
        case .comeAgain:
            send(.redirect(Redirect(.superseded)), to: session)
            end(session, .recalled)
        }
    }
}
