import CrierCore
import Synchronization

/// What a registry would know, shared by all nodes of a test. Every node's own view can be frozen, as if its feed were
/// late.
final class ClusterMap: Sendable {
    struct Place: Sendable {
        var node: ClusterNode
        var generation: Generation
    }

    private struct State {
        var nodes: [NodeID: ClusterNode] = [:]
        var clients: [ClientID: Place] = [:]
        var observers: [Observer] = []
    }

    private struct Observer {
        let node: NodeID
        weak var observer: (any NodeObserver)?
    }

    private let state = Mutex(State())

    func join(_ node: ClusterNode) {
        let observers = state.withLock { state in
            state.nodes[node.id] = node
            return state.observers.filter { $0.node != node.id }
        }
        for entry in observers { entry.observer?.nodesChanged(.joined(node)) }
    }

    func leave(_ id: NodeID) {
        let (node, observers) = state.withLock { state in
            (state.nodes.removeValue(forKey: id), state.observers.filter { $0.node != id })
        }
        guard let node else { return }
        for entry in observers { entry.observer?.nodesChanged(.left(node)) }
    }

    func set(_ client: ClientID, _ place: Place?) { state.withLock { $0.clients[client] = place } }

    func place(of client: ClientID) -> Place? {
        state.withLock { state in
            state.clients[client].flatMap { state.nodes[$0.node.id]?.incarnation == $0.node.incarnation ? $0 : nil }
        }
    }

    func nodes(but own: NodeID) -> [ClusterNode] { state.withLock { $0.nodes.values.filter { $0.id != own } } }

    fileprivate func observe(_ observer: any NodeObserver, of node: NodeID) {
        state.withLock { $0.observers.append(Observer(node: node, observer: observer)) }
        for other in nodes(but: node) { observer.nodesChanged(.joined(other)) }
    }
}

/// One node's view of the map.
final class NodeView: RouteDirectory {
    private let map: ClusterMap
    private let own: NodeID
    /// Routes as they were when the feed stopped.
    private let frozen = Mutex<[ClientID: RemoteRoute]?>(nil)

    init(_ map: ClusterMap, of own: NodeID) {
        self.map = map
        self.own = own
    }

    /// From now on these clients are where they are now, whatever the store says.
    func freeze(_ clients: [ClientID]) {
        let routes = clients.reduce(into: [:]) { routes, client in routes[client] = current(client) }
        frozen.withLock { $0 = routes }
    }

    func route(to client: ClientID) -> RemoteRoute? { frozen.withLock { $0?[client] } ?? current(client) }

    func reread(_ client: ClientID, completion: @escaping @Sendable (Result<RemoteRoute?, KeyValueError>) -> Void) {
        completion(.success(current(client)))
    }

    var nodes: [ClusterNode] { map.nodes(but: own) }

    func observeNodes(_ observer: any NodeObserver) { map.observe(observer, of: own) }

    private func current(_ client: ClientID) -> RemoteRoute? {
        guard let place = map.place(of: client), place.node.id != own else { return nil }
        return RemoteRoute(
            node: place.node.id, incarnation: place.node.incarnation, generation: place.generation
        )
    }
}
