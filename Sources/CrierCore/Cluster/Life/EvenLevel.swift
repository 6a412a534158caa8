/// How high clients stand when they are spread evenly over nodes of different sizes ("water-filling").
enum EvenLevel {
    /// Clients of each node when all have as many, rounded up. Nodes whose limit is lower are full then, and the others
    /// have the rest between them.
    ///
    /// - Parameter limits: of each node, in clients; nil: none is known. One node at least.
    static func of(_ clients: Int, limits: [Int?]) -> Int {
        var (rest, nodes) = (clients, limits.count)
        var level = share(rest, nodes)
        for limit in limits.compactMap({ $0 }).sorted() {
            guard limit < level, nodes > 1 else { break }
            rest -= limit
            nodes -= 1
            level = share(rest, nodes)
        }
        return level
    }

    private static func share(_ clients: Int, _ nodes: Int) -> Int {
        clients / nodes + (clients % nodes == 0 ? 0 : 1)
    }
}
