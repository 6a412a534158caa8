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
            let course = try await follow(Operator(link))
            await link.close()
            switch course.end {
            case .asAsked(let line): Output.line(line)
            case .notAsAsked(let line):
                Output.note("crier: \(line)")
                throw ExitStatus.notAsAsked.exitCode
            case nil: throw CrierClientError(.protocolViolation, "the gateway said nothing")
            }
        }
    }

    private func follow(_ operations: Operator) async throws -> DrainCourse {
        let states =
            cancel
            ? try await operations.cancelDrain(of: node)
            : try await operations.drain(node, over: over?.duration)
        var course = DrainCourse(isCancel: cancel)
        for try await status in states {
            if let line = course.hear(status) { Output.note(line) }
        }
        return course
    }
}
