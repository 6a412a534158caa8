import Testing

/// Scenarios about ways that are cut. They need a network of their own.
extension ClusterWorld {
    /// A node that cannot reach etcd, but its agents and the other nodes.
    func nodeWithoutStore(_ tag: String, _ name: String, for time: Duration) async throws {
        let network = try #require(network)
        let others = ClusterPlaces.nodeNames.filter { $0 != name }
        let backends = try others.map { try backend("\(tag)-\($0)", on: [$0]) }
        let near = try backend("\(tag)-near", on: [name])
        try await connect(10, tag, on: [name])
        try await connect(10, "\(tag)-far", on: others)
        let (own, far) = ((0..<10).map { "\(tag)-\($0)" }, (0..<10).map { "\(tag)-far-\($0)" })
        for backend in backends + [near] { try await reach(own + far, through: backend) }
        try await underLoad(to: own + far) {
            try await network.cut(name, from: .store)
            try await Stopwatch.run { watch in
                await pass(.seconds(5))
                // What the others push to its agents is refused until it is back; its own pushes are not, to anybody.
                try await history.disturbed("\(name) is without etcd", hinders: { $0 != name && $1 == name }) {
                    let notConnected = try await unreachable(own[0], through: backends, watch)
                    #expect(notConnected <= .seconds(12), "NOT_CONNECTED after \(notConnected)")
                    if watch.elapsed < time { await pass(time - watch.elapsed) }
                    try await network.mend(name, to: .store)
                    for backend in backends { try await reach(own, through: backend) }
                }
            }
            await pass(CourseCheck.Bounds().route + .seconds(2))
        }
    }

    /// A node that cannot reach the other nodes, but etcd and its agents.
    func nodeWithoutPeers(_ tag: String, _ name: String, for time: Duration) async throws {
        let network = try #require(network)
        let others = ClusterPlaces.nodeNames.filter { $0 != name }
        try await connect(10, tag, on: [name])
        try await connect(10, "\(tag)-far", on: others)
        let clients = (0..<10).flatMap { ["\(tag)-\($0)", "\(tag)-far-\($0)"] }
        let backends = try ClusterPlaces.nodeNames.map { try backend("\(tag)-\($0)", on: [$0]) }
        for backend in backends { try await reach(clients, through: backend) }
        try await underLoad(to: clients) {
            try await history.disturbed(
                "\(name) is without the other nodes", hinders: { ($0 == name) != ($1 == name) }
            ) {
                try await network.cut(name, from: .peers)
                await pass(time)
                try await network.mend(name, to: .peers)
                for backend in backends { try await reach(clients, through: backend) }
            }
            await pass(CourseCheck.Bounds().route + .seconds(2))
        }
    }

    /// A member of etcd that cannot reach the others, nor the nodes it.
    func memberCutOff(_ tag: String, for time: Duration) async throws {
        let network = try #require(network)
        try await memberFails(tag, for: time, leader()) { member in
            try await network.cut(member.name, from: .store)
        } _: { member in
            try await network.mend(member.name, to: .store)
        }
    }
}
