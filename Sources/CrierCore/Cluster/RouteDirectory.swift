/// Which other node holds a client: a hint, which the node that is named there may contradict.
public struct RemoteRoute: Sendable, Equatable {
    public let node: NodeID
    public let incarnation: Incarnation
    public let generation: Generation

    public init(node: NodeID, incarnation: Incarnation, generation: Generation) {
        self.node = node
        self.incarnation = incarnation
        self.generation = generation
    }
}

/// What routing asks of the registry. From memory, callable on any loop, and never blocks for longer than a short lock.
public protocol RouteDirectory: Sendable {
    /// `nil`: nobody holds the client, or the node that held it is gone. Never this node's own.
    func route(to client: ClientID) -> RemoteRoute?

    /// Asks the store itself, linearizably, for a route that turned out wrong. `completion` is called exactly once, on
    /// any thread; with `nil` as `route(to:)` has it.
    func reread(_ client: ClientID, completion: @escaping @Sendable (Result<RemoteRoute?, KeyValueError>) -> Void)

    /// Whether this node's own record is valid and its map current: only then does it deliver what others forward,
    /// since a client may have moved without its knowledge otherwise.
    var isProven: Bool { get }

    /// The other nodes, valid now.
    var nodes: [ClusterNode] { get }

    /// Has the observer told of nodes from now on; those that are there already come at once, as `joined`.
    func observeNodes(_ observer: any NodeObserver)
}

extension RouteDirectory {
    public var isProven: Bool { true }
}

/// Hears of the other nodes. Called in the order of events, on any thread; must not block.
public protocol NodeObserver: AnyObject, Sendable {
    func nodesChanged(_ change: NodeChange)
}

/// What became of another node.
public enum NodeChange: Sendable, Equatable {
    case joined(ClusterNode)
    /// Its state, load or addresses are others now; the incarnation is the same.
    case changed(ClusterNode)
    /// Its lease is over, or it left. A node that came back in another incarnation leaves first.
    case left(ClusterNode)
}
