import ArgumentParser
import CrierClient
import CrierMessages

/// `crier clients`: lists who is connected.
struct ClientsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients",
        abstract: "List the clients that are connected.",
        discussion: """
            Of all nodes of the cluster: whichever is asked asks the others. When one of
            them does not answer, the others' clients are listed, and the command ends
            with an error that names it.

              crier clients
              crier clients --prefix till- --output json
              crier clients --node n2
            """
    )

    @Option(help: "Only ids that begin with this.")
    var prefix = ""

    @Option(help: "Only those of this node.")
    var node: String?

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            var rows: [ClientRow] = []
            var failure: CrierClientError?
            do {
                for try await info in try await Pusher(link).clients(prefix: prefix, node: node) {
                    rows.append(ClientRow(info))
                }
            } catch let error as CrierClientError {
                if rows.isEmpty { throw error }
                failure = error
            }
            switch format.output {
            case .json: try Output.json(rows)
            case .text:
                Output.table([["CLIENT", "NODE", "CONNECTED", "ADDRESS", "VERSION", "LABELS"]] + rows.map(\.cells))
            }
            await link.close()
            if let failure { throw failure }
        }
    }
}

/// A client as `--output json` and the table show it.
struct ClientRow: Encodable {
    var client_id: String
    var node_id: String
    var session_id: String
    var generation: UInt64
    var connected_at: String
    var last_heard_at: String
    var address: String
    var agent_version: String
    var instance_id: String
    var labels: [String: String]
    var queued_bytes: Int64
    var round_trip_us: Int64?
    var awaited_acks: Int64
    var last_push: LastPushRow?

    init(_ info: ClientInfo) {
        client_id = info.clientID
        node_id = info.nodeID
        session_id = info.sessionID
        generation = info.generation
        connected_at = Timestamp.text(milliseconds: info.connectedAt)
        last_heard_at = Timestamp.text(milliseconds: info.lastHeardAt)
        address = info.address
        agent_version = info.agentVersion
        instance_id = info.instanceID
        labels = Dictionary(info.labels.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        queued_bytes = info.queuedBytes
        round_trip_us = info.roundTripUs > 0 ? info.roundTripUs : nil
        awaited_acks = info.awaitedAcks
        last_push = info.lastPush.map(LastPushRow.init)
    }

    var cells: [String] {
        let labels = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return [Output.printable(client_id), node_id, connected_at, address, agent_version, Output.printable(labels)]
    }
}

/// What became of the last push to a client.
struct LastPushRow: Encodable {
    var at: String
    var outcome: String
    /// The node that it came to; nil: the client's own.
    var from_node: String?

    init(_ push: LastPush) {
        at = Timestamp.text(milliseconds: push.at)
        outcome = "\(push.outcome)"
        from_node = push.fromNode.isEmpty ? nil : push.fromNode
    }
}
