import ArgumentParser
import CrierClient
import CrierCore

/// `crier nodes`: lists the nodes of the cluster.
struct NodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "List the nodes of the cluster.",
        discussion: """
            As the registry says: a node that died is gone from here when its lease
            is, ten seconds later. Empty for a gateway that is alone.

              crier nodes
              crier nodes --output json
            """
    )

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let nodes = try await RegistryReader(link).nodes()
            switch format.output {
            case .json: try Output.json(nodes.map(NodeRow.init))
            case .text:
                Output.table([NodeRow.heading] + nodes.map { NodeRow($0).cells })
            }
            await link.close()
        }
    }
}

/// A node as `--output json` and the table show it.
struct NodeRow: Encodable {
    var node_id: String
    var state: String
    var clients: Int
    /// Clients that it takes at once. Left out where any number is, or the node has not said.
    var client_limit: Int?
    var peer_address: String
    var client_address: String
    var version: String
    var boot: String

    init(_ node: ClusterNode) {
        node_id = node.id.rawValue
        state = node.state.word
        clients = node.sessions
        client_limit = node.sessionLimit
        peer_address = node.peerAddress
        client_address = node.clientAddress
        version = node.version
        boot = node.incarnation.description
    }

    static let heading = ["NODE", "STATE", "CLIENTS", "LIMIT", "PEER ADDRESS", "CLIENT ADDRESS", "VERSION", "BOOT"]

    var cells: [String] {
        let limit = client_limit.map { String($0) } ?? ""
        return [node_id, state, String(clients), limit, peer_address, client_address, version, boot]
            .map(Output.printable)
    }
}

/// Reads the registry through any node.
struct RegistryReader {
    private let store: KeyValueClient

    init(_ link: GatewayLink) { store = KeyValueClient(link) }

    func nodes() async throws -> [ClusterNode] {
        var nodes: [ClusterNode] = []
        let pages = EntryPages(store, namespace: RegistryReading.namespace, prefix: RegistryReading.nodePrefix)
        try await pages.forEach { page in
            nodes += page.compactMap { entry in
                guard case .string(let text) = entry.value else { return nil }
                return RegistryReading.node(key: entry.key, text: text)
            }
        }
        return nodes
    }

    /// The last changes of a client's record, newest first.
    func history(of client: String, limit: Int) async throws -> [KeyValueChange] {
        let key = RegistryReading.clientPrefix + client
        return try await store.history(of: key, in: RegistryReading.namespace, limit: limit).changes
    }

    /// Who holds the client, as the store itself says.
    func holder(of client: String) async throws -> RegistryReading.Holder? {
        let key = RegistryReading.clientPrefix + client
        guard case .string(let text)? = try await store.get(key, in: RegistryReading.namespace).entry?.value else {
            return nil
        }
        return RegistryReading.holder(text: text)
    }
}
