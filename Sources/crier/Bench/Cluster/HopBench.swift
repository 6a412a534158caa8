import ArgumentParser
import CrierClient
import CrierMessages

/// `crier bench cluster hop`: pushes on one node to agents of another, beside the same on the agents' own node.
struct HopBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hop",
        abstract: "Push through one node to the agents of another; says what the hop adds.",
        discussion: """
            --gateway is the node that is pushed to, --holder the one that the agents
            connect to. First the messages are pushed to the holder itself, then to the
            other node; both are checked like those of bench push. With the pids of both
            nodes the table has their CPU seconds together for a million messages.

              crier bench cluster hop --gateway 127.0.0.1:6565 --holder 127.0.0.1:6575 \\
                  --server-pid "$P1" --holder-pid "$P2" --stream --outstanding 10000
              crier bench cluster hop --holder 127.0.0.1:6575 --rate 5000 --messages 50000
            """
    )

    @Option(help: ArgumentHelp("The node that the agents connect to.", valueName: "host:port"))
    var holder: String

    @Option(help: ArgumentHelp("That node's process, to measure its CPU by.", valueName: "pid"))
    var holderPid: Int32?

    @Option(help: "Agents to connect.")
    var agents = 1000

    @Option(help: "Messages to push, each way.")
    var messages = 100_000

    @Option(help: "Pushes without an answer at a time.")
    var outstanding = 1000

    @Option(help: "Bytes of a message; 16 at least.")
    var size = 100

    @Option(help: "Messages a second; 0: as fast as it goes.")
    var rate = 0

    @Flag(help: "Use PushStream, one pipelined call, instead of a call for each message.")
    var stream = false

    @OptionGroup var options: BenchOptions

    /// One round of messages, and what it cost.
    private struct Round {
        var tally: DeliveryTally
        var seconds: Double
        var cpuSeconds: Double?
        var faults: [String]
    }

    func validate() throws {
        guard agents > 0, messages > 0, outstanding > 0, rate >= 0, (16...1_000_000).contains(size) else {
            throw ValidationError("--agents, --messages and --outstanding are 1 or more, --size is 16 to 1000000")
        }
        _ = try holderConfiguration()
    }

    func run() async throws {
        try await reportingErrors {
            let (near, far) = (try options.gateway.configuration(), try holderConfiguration())
            let direct = try await measure(through: far, agentsOn: far)
            let forwarded = try await measure(through: near, agentsOn: far)
            try options.finish(report(direct, forwarded))
        }
    }

    private func holderConfiguration() throws -> GatewayConfiguration {
        var configuration = try options.gateway.configuration()
        do throws(CrierClientError) {
            configuration.targets = try GatewayConfiguration(holder).targets
        } catch {
            throw ValidationError("--holder: \(error.message)")
        }
        return configuration
    }

    private func measure(through near: GatewayConfiguration, agentsOn far: GatewayConfiguration) async throws -> Round {
        try await withBenchAgents(agents, concurrency: 200, far) { agents, ids in
            // A node hears of another's agents a moment after they do.
            try await waitUntilKnown(ids, near)
            let tally = DeliveryTally()
            let sender = BenchSender(ids: ids, messages: messages, size: size, rate: rate, tally: tally)
            let (before, started) = (cpuSeconds, monotonicNanoseconds())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for agent in agents { group.addTask { await agent.receive(into: tally) } }
                if stream {
                    try await sender.sendPipelined(window: outstanding, near)
                } else {
                    try await sender.sendUnary(workers: min(outstanding, ids.count), near)
                }
                await sender.waitForDeliveries()
                group.cancelAll()
            }
            let used = cpuSeconds.flatMap { after in before.map { after - $0 } }
            let seconds = Double(sender.lastDelivery - started) / 1e9
            return Round(tally: tally, seconds: seconds, cpuSeconds: used, faults: sender.faults)
        }
    }

    /// Pushes something that the bench does not count to each agent, until it arrives.
    private func waitUntilKnown(_ ids: [String], _ gateway: GatewayConfiguration) async throws {
        let link = try GatewayLink(gateway)
        let pusher = Pusher(link)
        let deadline = ContinuousClock.now + .seconds(30)
        for id in ids {
            while try await !pusher.push(PushRequest(clientID: id, message: "are you there?")).success {
                guard ContinuousClock.now < deadline else {
                    await link.close()
                    throw CrierClientError(.unavailable, "\(id) is not known to the other node after 30 s")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        await link.close()
    }

    /// Of both nodes together.
    private var cpuSeconds: Double? {
        guard let near = options.server?.sample(), let holderPid,
            let far = ServerProcess(pid: holderPid).sample()
        else { return nil }
        return near.cpuSeconds + far.cpuSeconds
    }

    private func report(_ direct: Round, _ forwarded: Round) -> BenchReport {
        var report = BenchReport(stream ? "cluster, PushStream" : "cluster, PushToClient")
        report.add("agents", Double(agents))
        report.add("messages", Double(messages))
        report.add("outstanding", Double(stream ? outstanding : min(outstanding, agents)))
        for (name, round) in [("direct", direct), ("forwarded", forwarded)] {
            let delivered = Double(round.tally.delivered)
            report.add("\(name): throughput", delivered / round.seconds, "messages/s")
            for share in [0.5, 0.99] {
                report.add(
                    "\(name): latency p\(Int(share * 100))", round.tally.latency.quantile(share) / 1000, "ms")
            }
            if let cpu = round.cpuSeconds, delivered > 0 {
                report.add("\(name): CPU of both nodes per million delivered", cpu / delivered * 1e6, "s")
            }
        }
        let added = forwarded.tally.latency.quantile(0.5) - direct.tally.latency.quantile(0.5)
        report.add("the hop adds to p50", added / 1000, "ms")
        report.faults = direct.faults.map { "direct: \($0)" } + forwarded.faults.map { "forwarded: \($0)" }
        return report
    }
}
