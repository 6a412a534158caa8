import NIOCore

/// Removes the records of nodes that are gone, slowly: they do not count any more, and only take up room.
///
/// The node whose name comes first does it for all. Two that both think so harm nobody: each removal names the revision
/// that it removes, and asks that the dead node has not come back.
struct Sweeper {
    /// A transaction under way, and whose record each of its removals is.
    private var underWay: [(client: ClientID, generation: Generation)] = []
    private var isBusy = false
    private var next = NIODeadline.uptimeNanoseconds(0)

    /// The next removals, if it is time and this node's turn.
    mutating func step(_ map: ClusterMap, own: NodeID, now: NIODeadline) -> StoreTransaction? {
        guard !isBusy, next <= now, isFirst(own, map), let life = longestDead(map, now: now) else { return nil }
        let node = RegistryKeys.key(of: life.owner.node)
        var transaction = StoreTransaction(if: [StoreTransaction.Guard(node, map.condition(for: node))], then: [])
        underWay = []
        for client in life.clients.prefix(RegistryLimits.batchClients) {
            guard let entry = map.routes[client] else { continue }
            let key = RegistryKeys.key(of: client)
            transaction.guards.append(StoreTransaction.Guard(key, .revision(entry.revision)))
            transaction.then.append(.delete(key))
            underWay.append((client, entry.generation))
        }
        guard !underWay.isEmpty else { return nil }
        isBusy = true
        next = now + RegistryLimits.sweepInterval
        return transaction
    }

    /// Whose records are gone now: they are offline, if nobody else holds them.
    mutating func answered(_ isDone: Bool) -> [(client: ClientID, generation: Generation)] {
        isBusy = false
        defer { underWay = [] }
        return isDone ? underWay : []
    }

    /// When `step` is worth asking again, if nothing else happens.
    func due(_ map: ClusterMap, own: NodeID, now: NIODeadline) -> NIODeadline {
        guard !isBusy, isFirst(own, map), let since = deaths(map).compactMap(\.deadSince).min() else {
            return .distantFuture
        }
        return max(next, since + RegistryLimits.sweepGrace)
    }

    private func isFirst(_ own: NodeID, _ map: ClusterMap) -> Bool {
        map.nodes.keys.min { $0.rawValue.utf8.lexicographicallyPrecedes($1.rawValue.utf8) } == own
    }

    private func deaths(_ map: ClusterMap) -> [ClusterMap.Life] {
        map.lives.values.flatMap { $0 }.filter { $0.deadSince != nil && !$0.clients.isEmpty }
    }

    private func longestDead(_ map: ClusterMap, now: NIODeadline) -> ClusterMap.Life? {
        deaths(map)
            .filter { $0.deadSince.map { $0 + RegistryLimits.sweepGrace <= now } ?? false }
            .min {
                ($0.deadSince ?? now, $0.owner.incarnation.rawValue) < (
                    $1.deadSince ?? now, $1.owner.incarnation.rawValue
                )
            }
    }
}
