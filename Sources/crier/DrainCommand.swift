import ArgumentParser
import CrierClient
import CrierMessages

/// `crier drain`: takes a node out of work, or back into it.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Send a node's agents to other nodes, and let no new ones in.",
        discussion: """
            Ask any node. Ends with 0 when no agent is left: from then on the node can be
            stopped, and SIGTERM is quick. It stays drained until it is restarted or told
            otherwise. Interrupting the command changes nothing. Only those may drain a
            node that may operate it (kv-access).

              crier drain n2
              crier drain n2 --over 10m
              crier drain n2 --cancel
            """
    )

    @Argument(help: "The node.")
    var node: String

    @Option(
        help: ArgumentHelp("The time over which its agents leave. (default: its drain-time)", valueName: "duration"))
    var over: TimeSpan?

    @Flag(help: "Let it take agents again.")
    var cancel = false

    @OptionGroup var gateway: GatewayOptions

    func validate() throws {
        guard !node.isEmpty else { throw ValidationError("the node's name is empty") }
        guard !cancel || over == nil else { throw ValidationError("--cancel and --over do not go together") }
    }

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let last = try await follow(Operator(link))
            await link.close()
            guard let last else { throw CrierClientError(.protocolViolation, "the gateway said nothing") }
            let isAsAsked = cancel ? last.state == .up : last.state != .up && last.clients == 0
            if isAsAsked {
                Output.line(
                    cancel ? "\(last.nodeID) takes agents again" : "\(last.nodeID) is drained: no agent is left")
            } else {
                Output.note("crier: \(last.nodeID) takes agents again: the drain was called off")
                throw ExitStatus.notAsAsked.exitCode
            }
        }
    }

    /// The last word of the node.
    private func follow(_ operations: Operator) async throws -> DrainStatus? {
        let states =
            cancel
            ? try await operations.cancelDrain(of: node)
            : try await operations.drain(node, over: over?.duration)
        var (first, last): (Int64?, DrainStatus?)
        for try await status in states {
            let most = max(first ?? 0, status.clients)
            (first, last) = (most, status)
            if !cancel, status.clients > 0 { Output.note("\(status.nodeID): \(status.clients) of \(most) agents left") }
        }
        return last
    }
}
