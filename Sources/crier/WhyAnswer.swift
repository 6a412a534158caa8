import CrierClient
import CrierCore
import CrierMessages

/// What `crier why` found out.
struct WhyAnswer: Encodable {
    struct Session: Encodable {
        var node_id: String
        var generation: UInt64
        var session_id: String
        var instance_id: String
        var connected_at: String
        /// What became of it.
        var end: String
    }

    var client_id: String
    /// In one sentence.
    var verdict: String
    var node: NodeRow?
    /// Newest first.
    var sessions: [Session]
    /// What the node that holds the client knows of the connection.
    var connection: ClientRow?
    /// Of each node that remembers one, newest first.
    var refused_pushes: [RefusedPushRow]

    init(
        _ client: String,
        _ holder: RegistryReading.Holder?,
        _ nodes: [ClusterNode],
        history: [KeyValueChange],
        _ here: CrierMessages.ClientInfo?,
        refused: [CrierMessages.RefusedPush]
    ) {
        client_id = client
        let node = holder.flatMap { holder in nodes.first { $0.id == holder.node } }
        self.node = node.map(NodeRow.init)
        sessions = Self.sessions(history)
        connection = here.map(ClientRow.init)
        refused_pushes = refused.sorted { $0.at > $1.at }.map(RefusedPushRow.init)
        verdict = Self.verdict(holder, node, isAlone: nodes.isEmpty, here)
    }

    private static func verdict(
        _ holder: RegistryReading.Holder?,
        _ node: ClusterNode?,
        isAlone: Bool,
        _ here: CrierMessages.ClientInfo?
    ) -> String {
        if isAlone {
            return here.map { "connected to \($0.nodeID), which is alone" }
                ?? "not connected: the gateway is alone, and has no such client"
        }
        guard let holder else {
            return here == nil
                ? "not connected to any node"
                : "connected to \(here?.nodeID ?? ""), and not registered yet: other nodes do not find it"
        }
        guard let node else { return "not connected: its node \(holder.node) is gone" }
        guard node.incarnation == holder.incarnation else {
            return "not connected: its node \(holder.node) has been started anew since then"
        }
        return "connected to \(holder.node) as generation \(holder.generation)"
    }

    /// What each put says, and what came after it.
    private static func sessions(_ history: [KeyValueChange]) -> [Session] {
        var after: (change: KeyValueChange, holder: RegistryReading.Holder?)?
        var sessions: [Session] = []
        for change in history {
            let holder = text(change.entry).flatMap { RegistryReading.holder(text: $0) }
            if let holder {
                sessions.append(
                    Session(
                        node_id: holder.node.rawValue,
                        generation: holder.generation.rawValue,
                        session_id: holder.session.description,
                        instance_id: holder.instance.rawValue,
                        connected_at: Timestamp.text(milliseconds: holder.connectedAt),
                        end: end(of: holder, after)
                    )
                )
            }
            after = (change, holder)
        }
        return sessions
    }

    private static func text(_ entry: KeyValueEntry?) -> String? {
        if case .string(let text)? = entry?.value { text } else { nil }
    }

    private static func end(
        of session: RegistryReading.Holder,
        _ after: (change: KeyValueChange, holder: RegistryReading.Holder?)?
    ) -> String {
        guard let after else { return "is the last one" }
        guard let next = after.holder else { return "removed: the client left, or its node died" }
        let place = next.node == session.node ? "on the same node" : "on \(next.node)"
        let isSame = session.instance.isKnown && next.instance == session.instance
        return "a newer session \(place)" + (isSame ? " of the same instance" : " of another instance")
    }

    private static func roundTrip(_ connection: ClientRow) -> String {
        guard let microseconds = connection.round_trip_us else { return "" }
        return ", round trip \(Double(microseconds / 10) / 100) ms"
    }

    private static func lastPush(_ connection: ClientRow) -> String {
        let waiting = connection.awaited_acks > 0 ? "; \(connection.awaited_acks) wait for acknowledgement" : ""
        guard let push = connection.last_push else { return "none since it connected" + waiting }
        let way = push.from_node.map { "forwarded by \(Output.printable($0))" } ?? "made on \(connection.node_id)"
        return "\(push.at) \(push.outcome), \(way)" + waiting
    }

    var lines: [String] {
        var lines = ["\(Output.printable(client_id)): \(verdict)"]
        if let node {
            lines.append(
                "node        \(node.node_id), \(node.state), \(node.clients) clients, peers at \(node.peer_address)")
        }
        if let connection {
            lines.append(
                "connection  from \(connection.address), \(connection.queued_bytes) bytes wait, last heard "
                    + connection.last_heard_at + Self.roundTrip(connection))
            lines.append("last push   " + Self.lastPush(connection))
        }
        for push in refused_pushes {
            lines.append(
                "refused     \(push.at) \(push.outcome) on \(Output.printable(push.node_id)): "
                    + Output.printable(push.detail))
        }
        for session in sessions {
            lines.append(
                "session     \(session.generation) on \(session.node_id) since \(session.connected_at): \(session.end)")
        }
        return lines
    }
}

/// A push that came no further than the node that it was made on.
struct RefusedPushRow: Encodable {
    var node_id: String
    var at: String
    var outcome: String
    var message_id: String
    /// Why.
    var detail: String

    init(_ push: CrierMessages.RefusedPush) {
        node_id = push.nodeID
        at = Timestamp.text(milliseconds: push.at)
        outcome = "\(push.outcome)"
        message_id = push.messageID
        detail = push.detail
    }
}
