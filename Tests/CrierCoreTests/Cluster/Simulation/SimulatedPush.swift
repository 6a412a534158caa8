@testable import CrierCore

/// One push, on its way as routing sends it: to a session here; else to the node that the map names, which answers that
/// it does not hold the client if so; then once more to where the store itself says.
final class SimulatedPush {
    enum Outcome: Equatable {
        case written(Generation)
        case notConnected
        /// The link broke while it was under way.
        case unknown
    }

    let number: Int
    let client: ClientID
    let origin: SimulatedNode
    private unowned let world: SimulatedWorld
    private let done: (SimulatedPush, Outcome) -> Void
    private var isDone = false

    init(
        _ number: Int, to client: ClientID, from origin: SimulatedNode,
        done: @escaping (SimulatedPush, Outcome) -> Void
    ) {
        self.number = number
        self.client = client
        self.origin = origin
        self.done = done
        world = origin.world
    }

    func start() {
        if let stream = origin.sessions[client] { return finish(write(to: stream)) }
        forward(isRetry: false)
    }

    private func write(to stream: SimulatedSession) -> Outcome {
        stream.received.append(number)
        return .written(stream.session.generation)
    }

    private func finish(_ outcome: Outcome) {
        guard !isDone else { return }
        isDone = true
        done(self, outcome)
    }

    private func forward(isRetry: Bool) {
        guard let route = origin.routes.live(client), route.owner.incarnation != origin.incarnation,
            let holder = world.nodes.first(where: { $0.name == route.owner.node })
        else { return finish(.notConnected) }
        guard !origin.isCutFromPeers, !holder.isCutFromPeers, !holder.isDead else { return finish(.notConnected) }
        let way = { [world] in world.random.number(50...3_000) }
        holder.later(way()) { [self] holder in
            let outcome = answer(holder, route)
            if holder.isCutFromPeers || origin.isCutFromPeers { return finish(.unknown) }
            origin.later(way()) { [self] _ in
                if let outcome { finish(outcome) } else { wrongNode(isRetry: isRetry) }
            }
        }
        // The holder died, or is stopped for long: what became of it is not known.
        origin.later(5_000_000) { [self] _ in finish(.unknown) }
    }

    /// nil: WRONG_NODE.
    private func answer(_ holder: SimulatedNode, _ route: RouteEntry) -> Outcome? {
        guard holder.incarnation == route.owner.incarnation, holder.routes.isProven(at: world.time.now),
            let stream = holder.sessions[client], stream.session.generation >= route.generation, !isDone
        else { return nil }
        world.checker.delivers(holder)
        return write(to: stream)
    }

    private func wrongNode(isRetry: Bool) {
        guard !isRetry else { return finish(.notConnected) }
        let key = RegistryKeys.key(of: client)
        origin.ask({ .success($0.read(key)) }) { [self] origin, result in
            guard !isDone else { return }
            if case .success(let read) = result { origin.learned(key, read) }
            if let stream = origin.sessions[client] { return finish(write(to: stream)) }
            forward(isRetry: true)
        }
    }
}
