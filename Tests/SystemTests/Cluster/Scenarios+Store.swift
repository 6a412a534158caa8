import Testing

/// Scenarios about etcd. Each leaves the cluster whole.
extension ClusterWorld {
    /// Agents on each node, ten each, reachable from everywhere.
    private func agents(_ tag: String) async throws -> [String] {
        let names = ClusterPlaces.nodeNames
        for name in names { try await connect(10, "\(tag)-\(name)", on: [name]) }
        let clients = names.flatMap { name in (0..<10).map { "\(tag)-\(name)-\($0)" } }
        for name in names { try await reach(clients, through: backend("\(tag)-\(name)", on: [name])) }
        return clients
    }

    /// The checker knows of no disturbance: not one push may be refused, nor a connection break.
    /// - Parameters:
    ///   - harm: to one member.
    ///   - mend: afterwards.
    func memberFails(
        _ tag: String, for time: Duration, _ member: StoreMember,
        _ harm: (StoreMember) async throws -> Void, _ mend: (StoreMember) async throws -> Void
    ) async throws {
        let clients = try await agents(tag)
        try await underLoad(to: clients) {
            try await harm(member)
            await pass(time / 2)
            // A node that asks the member which fell silent finds another one meanwhile.
            let newcomers = try await connect(10, "\(tag)-new", on: ["n1"])
            for name in ["n2", "n3"] {
                try await reach(newcomers.map(\.id), through: backend("\(tag)-new-\(name)", on: [name]))
            }
            await pass(time / 2)
            try await mend(member)
            try await storeIsHealthy()
        }
    }

    func leaderKilled(_ tag: String) async throws {
        try await memberFails(tag, for: .seconds(8), leader()) { member in
            try await member.process.kill9()
        } _: { member in
            try member.process.start()
        }
    }

    func leaderStopped(_ tag: String) async throws {
        try await memberFails(tag, for: .seconds(24), leader()) { member in
            member.process.freeze()
        } _: { member in
            // etcd 3.4.23 itself: a leader that goes on revokes all leases before it hears that it is none any more
            // (etcd#15247). The nodes put their records back at once.
            try await history.disturbed("the old leader revokes the nodes' leases", hinders: { $0 != $1 }) {
                member.process.thaw()
                try await storeIsHealthy()
            }
        }
    }

    /// All members are gone for a time. Pushes of a node to its own agents go on all the while, those to others for as
    /// long as the holder's lease surely lasts.
    /// - Returns: from the moment when all members are well again until all agents are reachable from everywhere.
    @discardableResult
    func storeAway(_ tag: String, for time: Duration) async throws -> Duration {
        let clients = try await agents(tag)
        var all = clients
        let back = try await underLoad(to: clients) {
            for member in members { try await member.process.kill9() }
            // The oldest good renewal is a third of a lease old: 6.7 s of it are left.
            await pass(.seconds(5))
            return try await history.disturbed("etcd is away", hinders: { $0 != $1 }) {
                let newcomers = try await connect(5, "\(tag)-new", on: ["n1"])
                all += newcomers.map(\.id)
                try await reach(newcomers.map(\.id), through: backend("\(tag)-near", on: ["n1"]))
                await pass(time - .seconds(5))
                for node in nodes {
                    let (status, body) = try await node.get("/readyz", scenario)
                    #expect(status == 200)
                    #expect(body.joined().contains("store"), "readyz says \(body)")
                    #expect(try await node.metric("crier_registry_store_away", scenario) == 1)
                }
                for member in members { try member.process.start() }
                try await storeIsHealthy()
                return try await Stopwatch.run { watch in
                    for name in ClusterPlaces.nodeNames {
                        try await reach(all, through: backend("\(tag)-back-\(name)", on: [name]))
                    }
                    return watch.elapsed
                }
            }
        }
        #expect(back <= CourseCheck.Bounds().route)
        return back
    }
}
