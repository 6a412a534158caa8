import ArgumentParser
import CrierClient

/// `crier bench cluster storm`: many agents come at once to several nodes.
struct RegistrationStormBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Connect many agents to several nodes; measures how soon all are registered.",
        discussion: """
            The agents are shared out among the nodes of --gateway. The registry's change
            feed, read through the first of them, tells when each was registered, and how
            many transactions that took of the store.

              crier bench cluster storm --agents 10000 \\
                  --gateway 127.0.0.1:6565,127.0.0.1:6575
            """
    )

    @Option(help: "Agents to connect.")
    var agents = 10_000

    @Option(help: "Handshakes at a time.")
    var concurrency = 400

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...19_000).contains(agents), (1...10_000).contains(concurrency) else {
            throw ValidationError("--agents is 1 to 19000, --concurrency 1 to 10000")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let gateway = try options.gateway.configuration()
            let link = try GatewayLink(gateway)
            let run = "storm-\(UInt32.random(in: 0 ... .max))-"
            let tally = RegistryTally(clients: run)
            let report = try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await tally.follow(link) }
                try await benchAwaits("the change feed begins") { tally.isFollowing }
                return try await measure(run, gateway, tally)
            }
            await link.close()
            try options.finish(report)
        }
    }

    private func measure(
        _ run: String, _ gateway: GatewayConfiguration, _ tally: RegistryTally
    ) async throws -> BenchReport {
        let started = monotonicNanoseconds()
        let nodes = gateway.targets.map { target in
            var node = gateway
            node.targets = [target]
            return node
        }
        let connected = try await BenchAgent.connect((0..<agents).map { "\(run)\($0)" }, concurrency, nodes)
        let welcomed = monotonicNanoseconds()
        try await benchAwaits("all are registered") { tally.registered >= agents }
        let last = tally.lastRegistered
        var report = BenchReport("cluster, storm of registrations")
        report.add("agents", Double(agents))
        report.add("nodes", Double(nodes.count))
        report.add("all welcomed after", Double(welcomed - started) / 1e9, "s")
        report.add("all registered after", Double(last - started) / 1e9, "s")
        report.add("store transactions", Double(tally.transactions(since: started)))
        report.add("store transactions in the busiest second", Double(tally.busiestSecond(since: started)))
        await BenchAgent.leave(connected)
        return report
    }
}

extension BenchAgent {
    /// Connects agents, so many at a time, each to the next of the nodes.
    static func connect(
        _ ids: [String], _ concurrency: Int, _ nodes: [GatewayConfiguration]
    ) async throws -> [BenchAgent] {
        try await withThrowingTaskGroup(of: BenchAgent.self) { group in
            var agents: [BenchAgent] = []
            for (index, id) in ids.enumerated() {
                if index >= concurrency, let agent = try await group.next() { agents.append(agent) }
                let node = nodes[index % nodes.count]
                group.addTask { try await connect(id, node) }
            }
            for try await agent in group { agents.append(agent) }
            return agents
        }
    }

    static func leave(_ agents: [BenchAgent]) async {
        await withTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { await agent.leave() } }
        }
    }
}
