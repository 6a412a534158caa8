public import NIOCore

/// How the registry is, for those who look: health pages, metrics, commands.
public struct RegistryStatus: Sendable, Equatable {
    /// This node's own record, as it last said.
    public var node: ClusterNode
    /// The map is complete and this node is in it.
    public var isReady = false
    /// Pushes from other nodes are taken.
    public var isProven = false
    /// Another process has entered the cluster under this node's name.
    public var isDisplaced = false
    /// Since when the store does not answer; nil: it does.
    public var awaySince: NIODeadline?
    /// Clients with something still to be written.
    public var backlog = 0
    /// Where the change feed is; nil before the first snapshot.
    public var position: StorePosition?
}

extension RegistryStatus {
    /// A sentence for health pages; nil when there is nothing to say.
    ///
    /// - Parameter now: of the clock that the registry goes by.
    public func trouble(at now: NIODeadline) -> String? {
        if isDisplaced { return "registry: another process has entered the cluster as \(node.id)" }
        if let awaySince {
            let seconds = (now - awaySince).nanoseconds / 1_000_000_000
            return "registry: the store has not answered for \(seconds) s; what is known is served, and waits to be "
                + "written for \(backlog) clients"
        }
        if !isReady { return "registry: this node has not entered the cluster yet" }
        return isProven ? nil : "registry: the lease ran out; pushes from other nodes are refused until it is back"
    }
}

extension RegistryMachine {
    var status: RegistryStatus {
        RegistryStatus(
            node: membership.wanted,
            isReady: membership.fence(map) != nil && map.position != nil,
            isProven: isProven,
            isDisplaced: membership.isDisplaced,
            awaySince: health.awaySince,
            backlog: registrar.backlog,
            position: map.position
        )
    }
}
