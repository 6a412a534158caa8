import ArgumentParser
import CrierClient

/// `crier bench connections`: what it costs to come, and to be there.
struct ConnectionsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connections",
        abstract: "Connect and register agents, and hold them idle.",
        discussion: """
            Each agent has its own connection. With --server-pid the memory that an idle
            one holds is measured, and the CPU that --hold seconds of idleness cost. A
            process may have 20,000 files open on many machines: use several for more
            agents.
            """
    )

    @Option(help: "Agents to connect.")
    var count = 1000

    @Option(help: "Handshakes at a time.")
    var concurrency = 100

    @Option(help: "Seconds to stay idle before everybody leaves.")
    var hold = 5.0

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...19_000).contains(count), (1...10_000).contains(concurrency), (0...86_400).contains(hold) else {
            throw ValidationError("--count is 1 to 19000, --concurrency 1 to 10000, --hold 0 to 86400 seconds")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let gateway = try options.gateway.configuration()
            let (empty, started) = (options.server?.sample(), monotonicNanoseconds())
            let result = try await withBenchAgents(count, concurrency: concurrency, gateway) { agents, _ in
                let seconds = Double(monotonicNanoseconds() - started) / 1e9
                let full = options.server?.sample()
                try await Task.sleep(for: .seconds(hold))
                return report(agents.count, seconds, empty, full, options.server?.sample())
            }
            try options.finish(result)
        }
    }

    private func report(
        _ connected: Int,
        _ seconds: Double,
        _ empty: ServerProcess.Sample?,
        _ full: ServerProcess.Sample?,
        _ idle: ServerProcess.Sample?
    ) -> BenchReport {
        var report = BenchReport("connections")
        report.add("agents", Double(connected))
        report.add("connect and register", Double(connected) / seconds, "agents/s")
        if let empty, let full, let idle {
            report.add("server CPU per agent", (full.cpuSeconds - empty.cpuSeconds) / Double(connected) * 1e6, "µs")
            let bytes = Double(idle.residentBytes - empty.residentBytes)
            report.add("server memory per idle agent", bytes / Double(connected) / 1024, "KiB")
            if hold > 0 { report.add("server CPU while idle", (idle.cpuSeconds - full.cpuSeconds) / hold * 100, "%") }
            report.add("server memory", Double(idle.residentBytes) / 1_048_576, "MiB")
        }
        if connected < count { report.faults.append("\(count - connected) agents could not connect") }
        return report
    }
}
