import Synchronization

/// The names of nodes that have forwarded pushes, so that each push carries two bytes and not a name.
final class PushOrigins: Sendable {
    private let names = Mutex<[NodeID]>([])

    /// `here` for more nodes than any cluster has: then nobody knows.
    func origin(_ node: NodeID) -> PushOrigin {
        names.withLock { names in
            if let place = names.firstIndex(of: node) { return PushOrigin(place: UInt16(place + 1)) }
            guard names.count < Limits.pushOrigins else { return .here }
            names.append(node)
            return PushOrigin(place: UInt16(names.count))
        }
    }

    /// nil: this node.
    func name(of origin: PushOrigin) -> NodeID? {
        names.withLock { names in
            origin.place > 0 && Int(origin.place) <= names.count ? names[Int(origin.place) - 1] : nil
        }
    }
}

extension Gateway {
    /// What pushes are marked with that a node has forwarded.
    public func origin(_ node: NodeID) -> PushOrigin { context.origins.origin(node) }
}
