import ArgumentParser
import CrierClient
import Glibc

/// `crier bench`: measures a gateway from outside, with the SDK, and checks everything that it delivers.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a gateway, and check everything that it delivers.",
        discussion: """
            Client and gateway share the machine when both run on it; --server-pid tells
            their costs apart: then the gateway's own CPU seconds and resident memory are
            in the table. Ends with 1 when anything was lost, came twice, came out of
            order or damaged.

              crier bench push --agents 1000 --messages 200000 --outstanding 1000
              crier bench push --stream --outstanding 10000 --server-pid "$(pidof crier)"
              crier bench push --rate 5000 --messages 50000      latency at a steady rate
              crier bench connections --count 10000 --hold 10
              crier bench download --size 1G --streams 8
              crier bench kv put --clients 64
              crier bench cluster hop --holder 127.0.0.1:6575
            """,
        subcommands: [
            PushBench.self, ConnectionsBench.self, DownloadBench.self, KeyValueBench.self, ClusterBench.self,
        ]
    )
}

/// What every benchmark takes.
struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The gateway's process, to measure its CPU and memory by.", valueName: "pid"))
    var serverPid: Int32?

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if let serverPid, ServerProcess(pid: serverPid).sample() == nil {
            throw ValidationError("--server-pid: there is no process \(serverPid) that may be looked at")
        }
    }

    var server: ServerProcess? { serverPid.map { ServerProcess(pid: $0) } }

    /// Prints the report; fails when what was delivered was not what was sent.
    func finish(_ report: BenchReport) throws {
        switch format.output {
        case .json: try Output.json(report)
        case .text: Output.table(report.rows)
        }
        if !report.faults.isEmpty { throw ExitStatus.notAsAsked.exitCode }
    }
}
