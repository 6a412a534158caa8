/// Where the registry's records lie: `_registry`, which operators may read and only the gateway writes.
enum RegistryKeys {
    static let namespace = StoreNamespace(constant: "_registry")
    static let scope = StoreScope(namespace)
    static let nodes = "nodes/"
    static let clients = "clients/"

    /// What a key is about.
    enum Subject {
        case node(NodeID)
        case client(ClientID)
    }

    static func key(of node: NodeID) -> StoreKey { key(nodes + node.rawValue) }
    static func key(of client: ClientID) -> StoreKey { key(clients + client.rawValue) }

    /// nil: a key that the registry does not know.
    static func subject(of key: StoreKey) -> Subject? {
        if key.key.utf8.starts(with: clients.utf8) {
            let name = String(key.key.utf8.dropFirst(clients.utf8.count))
            return name.flatMap { try? ClientID(validating: $0) }.map(Subject.client)
        }
        guard key.key.utf8.starts(with: nodes.utf8) else { return nil }
        let name = String(key.key.utf8.dropFirst(nodes.utf8.count))
        return name.flatMap { try? NodeID(validating: $0) }.map(Subject.node)
    }

    private static func key(_ name: String) -> StoreKey {
        guard let key = try? StoreKey(namespace, name) else {
            preconditionFailure("a client id with its prefix fits a key: \(name)")
        }
        return key
    }
}

/// Who holds a client, as `clients/<client>` says. Counts only while the node's own record has the same incarnation.
struct ClientRecord: Equatable, Sendable {
    var node: NodeID
    var incarnation: Incarnation
    var session: SessionID
    var generation: Generation
    var instance: InstanceID
    var attempt: UInt64
    /// Milliseconds since 1970.
    var connectedAt: Int64

    var value: StoreValue {
        var record = RecordText()
        record.add("node", node.rawValue)
        record.add("boot", incarnation.description)
        record.add("session", session.description)
        record.add("gen", String(generation.rawValue))
        record.add("at", String(connectedAt))
        record.add("instance", instance.rawValue)
        record.add("attempt", attempt == 0 ? "" : String(attempt))
        return .string(record.text)
    }
}

extension ClientRecord {
    /// nil: damaged, or of a version that is not known.
    init?(_ value: StoreValue) {
        guard let fields = RecordFields(value),
            let node = fields.text("node").flatMap({ try? NodeID(validating: $0) }),
            let boot: UInt64 = fields.number("boot", radix: 16),
            let session = fields.text("session").flatMap({ SessionID($0) }),
            let generation: UInt64 = fields.number("gen"),
            let connectedAt: Int64 = fields.number("at"),
            let instance = fields.text("instance").flatMap({ try? InstanceID(validating: $0) })
        else { return nil }
        self.init(
            node: node,
            incarnation: Incarnation(rawValue: boot),
            session: session,
            generation: Generation(rawValue: generation),
            instance: instance,
            attempt: fields.number("attempt") ?? 0,
            connectedAt: connectedAt
        )
    }
}

extension ClusterNode {
    /// The value of `nodes/<node>`.
    var value: StoreValue {
        var record = RecordText()
        record.add("boot", incarnation.description)
        record.add("state", state.word)
        record.add("sessions", String(sessions))
        record.add("limit", sessionLimit.map { String($0) } ?? "")
        record.add("peer", peerAddress)
        record.add("client", clientAddress)
        record.add("version", version)
        return .string(record.text)
    }

    /// nil: damaged, or of a version that is not known.
    init?(_ id: NodeID, _ value: StoreValue) {
        guard let fields = RecordFields(value),
            let boot: UInt64 = fields.number("boot", radix: 16),
            let state = State.allCases.first(where: { $0.word == fields.text("state") }),
            let sessions: Int = fields.number("sessions"), RegistryLimits.clientCounts.contains(sessions),
            let peer = fields.text("peer"), let client = fields.text("client"), let version = fields.text("version")
        else { return nil }
        let limit: Int? = fields.number("limit")
        self.init(
            id: id,
            incarnation: Incarnation(rawValue: boot),
            peerAddress: peer,
            clientAddress: client,
            state: state,
            sessions: sessions,
            // Nodes of older versions do not say it.
            sessionLimit: limit.flatMap { RegistryLimits.clientCounts.contains($0) ? $0 : nil },
            version: version
        )
    }
}

extension ClusterNode.State {
    /// As records and listings spell it.
    public var word: String {
        switch self {
        case .up: "up"
        case .draining: "draining"
        }
    }
}
