import ArgumentParser
import CrierClient
import CrierMessages

/// `crier why`: what the cluster knows about one client.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say where a client is, what became of its last push, and how its last sessions ended.",
        discussion: """
            What the registry says of the client, whether that still counts, and what
            happened to its record before. And what the node that holds it knows of the
            connection: what waits, how long the way takes, what became of the last push
            and which node it came to. And of each node the last push for the client that
            came no further: it was not connected, or its node was out of reach; a node
            remembers the last ones only. Ask any node.

              crier why till-7
              crier why till-7 --output json
            """
    )

    @Argument(help: "The client.")
    var client: String

    @Option(help: "So many of its last sessions at most; 1 to 100.")
    var sessions = 5

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard (1...100).contains(sessions) else {
            throw ValidationError("--sessions is \(sessions); 1 to 100 are allowed")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let reader = RegistryReader(link)
            let nodes = try await reader.nodes()
            let holder = try await reader.holder(of: client)
            // Each session is a put, and at most one removal.
            let history = try await reader.history(of: client, limit: sessions * 2)
            // Together: a node that does not answer costs its time once.
            async let here = Self.connection(of: client, Pusher(link))
            async let refused = Self.refusedPushes(for: client, Pusher(link))
            let answer = try await WhyAnswer(
                client, holder, nodes, history: Array(history.prefix(sessions * 2)), here, refused: refused)
            switch format.output {
            case .json: try Output.json(answer)
            case .text: for line in answer.lines { Output.line(line) }
            }
            await link.close()
        }
    }

    /// What the node that holds the client says of it. A node that does not answer is named, and keeps nobody from
    /// hearing the rest.
    private static func connection(of client: String, _ pusher: Pusher) async throws -> ClientInfo? {
        var here: ClientInfo?
        do throws(CrierClientError) {
            for try await info in try await pusher.clients(prefix: client) where info.clientID == client {
                // On its way from one node to another it is on both: the newer session counts.
                if info.generation >= here?.generation ?? 0 { here = info }
            }
        } catch {
            guard error.code == .unavailable else { throw error }
            Output.note("crier: \(error)")
        }
        return here
    }

    /// What the nodes remember. Nothing from a gateway that is older than the question.
    static func refusedPushes(for client: String, _ pusher: Pusher) async throws -> [RefusedPush] {
        var pushes: [RefusedPush] = []
        do throws(CrierClientError) {
            for try await push in try await pusher.refusedPushes(for: client) { pushes.append(push) }
        } catch {
            switch error.code {
            case .unavailable: Output.note("crier: \(error)")
            case .unsupported: return []
            default: throw error
            }
        }
        return pushes
    }
}
