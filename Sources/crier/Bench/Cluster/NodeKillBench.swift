import ArgumentParser
import CrierClient
import CrierMessages
import Glibc

/// `crier bench cluster kill`: a node with many agents dies.
struct NodeKillBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Kill a node that has many agents; measures when its routes are gone, and what that costs the store.",
        discussion: """
            Connects agents to --holder, which stay away afterwards, kills the process of
            --holder-pid (kill -9!), and asks --gateway for one of them until the answer
            is NOT_CONNECTED. One key of the registry goes, and with it all routes; what
            the sweeper removes later, and in how many transactions, is counted.

              crier bench cluster kill --gateway 127.0.0.1:6565 \\
                  --holder 127.0.0.1:6585 --holder-name n3 \\
                  --holder-pid "$(cat .cluster/n3/pid)"
            """
    )

    @Option(help: ArgumentHelp("The node that is killed.", valueName: "host:port"))
    var holder: String

    @Option(help: ArgumentHelp("Its process.", valueName: "pid"))
    var holderPid: Int32

    @Option(help: ArgumentHelp("Its --node-id.", valueName: "id"))
    var holderName = "n3"

    @Option(help: "Agents to connect to it.")
    var agents = 5_000

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...19_000).contains(agents) else { throw ValidationError("--agents is 1 to 19000") }
        guard holderPid > 1, ServerProcess(pid: holderPid).sample() != nil else {
            throw ValidationError("--holder-pid: there is no process \(holderPid) that may be looked at")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let gateway = try options.gateway.configuration()
            let link = try GatewayLink(gateway)
            let run = "kill-\(UInt32.random(in: 0 ... .max))-"
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
        var far = gateway
        far.targets = try GatewayConfiguration(holder).targets
        let connected = try await BenchAgent.connect((0..<agents).map { "\(run)\($0)" }, 200, [far])
        try await benchAwaits("all are registered") { tally.registered >= agents }
        let killed = monotonicNanoseconds()
        guard kill(holderPid, SIGKILL) == 0 else {
            throw CrierClientError(.notPermitted, "process \(holderPid) cannot be killed: errno \(errno)")
        }
        await BenchAgent.leave(connected)
        let answers = try await answersUntilGone("\(run)0", gateway)
        let unreachable = monotonicNanoseconds()
        try await benchAwaits("the node's record is gone") { tally.gone(holderName) != nil }
        let gone = tally.gone(holderName) ?? unreachable
        let meanwhile = tally.transactions(since: killed) - tally.transactions(since: gone)
        try await benchAwaits("the records are swept") { tally.removed >= agents }
        let (first, last) = tally.removals
        var report = BenchReport("cluster, death of a node")
        report.add("agents", Double(agents))
        report.add("NOT_CONNECTED after", Double(unreachable - killed) / 1e9, "s")
        report.add("other answers before it", Double(answers))
        report.add("its record gone after", Double(gone - killed) / 1e9, "s")
        report.add("store transactions until then", Double(meanwhile))
        report.add("sweep begins after", Double(first - killed) / 1e9, "s")
        report.add("sweep takes", Double(last - first) / 1e9, "s")
        report.add("store transactions of the sweep", Double(tally.transactions(since: first)))
        report.add("store transactions in the busiest second", Double(tally.busiestSecond(since: killed)))
        return report
    }

    /// Pushes until the answer is that the client is not connected. Returns how many others came before.
    private func answersUntilGone(_ client: String, _ gateway: GatewayConfiguration) async throws -> Int {
        let link = try GatewayLink(gateway)
        var others = 0
        try await benchAwaits("\(client) is not connected") {
            // A push that was on its way to the dead node is answered by a status.
            let answer = try? await Pusher(link).push(PushRequest(clientID: client, message: "are you there?"))
            if answer?.outcome == .notConnected { return true }
            others += 1
            return false
        }
        await link.close()
        return others
    }
}
