import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// Who is connected, in the order of client ids: to this node, to another, or to any.
struct ListClients {
    let gateway: Gateway
    /// nil: there are no other nodes, or another node asks.
    let others: PeerCalls?

    func answer(_ call: AsyncCall) async throws {
        let request = try await call.request(ListClientsRequest.self)
        if !request.nodeID.isEmpty, request.nodeID != gateway.node.rawValue {
            return try await pass(request, to: try NodeID(asked: request.nodeID), call)
        }
        var listing = OwnClients(gateway.clients(ClientQuery(request)))
        if request.nodeID.isEmpty, request.allNodes, let others {
            return try await merge(listing, request, others, call)
        }
        while let client = await listing.next() { try await call.send(FramedMessage(client)) }
    }

    private func pass(_ request: ListClientsRequest, to node: NodeID, _ call: AsyncCall) async throws {
        guard let others else {
            throw GRPCStatus(.notFound, "node_id \(node) is not here: this is \(gateway.node)")
        }
        var own = request
        own.nodeID = ""
        try await others.relay("ListClients", FramedMessage(own), to: node) { answer in
            try await call.send(FramedMessage(copying: answer))
        }
    }

    private func merge(
        _ own: OwnClients, _ request: ListClientsRequest, _ others: PeerCalls, _ call: AsyncCall
    ) async throws {
        var asked = request
        asked.allNodes = false
        var answers: [PeerAnswers] = []
        var missing: [String] = []
        // All are asked before an answer is waited for: the time-outs of dead nodes run together.
        for node in others.nodes {
            do throws(GRPCStatus) {
                answers.append(try others.open("ListClients", FramedMessage(asked), to: node))
            } catch {
                missing.append(error.message)
            }
        }
        let result: Result<[String], any Error>
        do {
            var all = try await MergedClients(own, answers)
            while let message = try await all.next() { try await call.send(message) }
            result = .success(all.missing)
        } catch {
            result = .failure(error)
        }
        await PeerAnswers.close(answers)
        missing += try result.get()
        guard missing.isEmpty else {
            throw GRPCStatus(
                .unavailable, "the list is not whole, clients of nodes are missing: \(missing.joined(separator: "; "))")
        }
    }
}

extension ClientQuery {
    fileprivate init(_ request: ListClientsRequest) {
        self.init(
            prefix: request.clientIDPrefix,
            labels: request.labels.map { CrierCore.Label(key: $0.key, value: $0.value) }
        )
    }
}

extension CrierMessages.ClientInfo {
    init(_ client: CrierCore.ClientInfo) {
        self.init(
            clientID: client.client.rawValue,
            sessionID: client.session.description,
            nodeID: client.node.rawValue,
            generation: client.generation.rawValue,
            connectedAt: client.connectedAt,
            lastHeardAt: client.lastHeardAt,
            address: client.address,
            agentVersion: client.agentVersion,
            labels: client.labels.map { CrierMessages.Label(key: $0.key, value: $0.value) },
            instanceID: client.instance.rawValue,
            queuedBytes: Int64(client.queuedBytes),
            roundTripUs: client.roundTrip.map { $0.nanoseconds / 1_000 } ?? 0,
            awaitedAcks: Int64(client.awaitedAcks),
            lastPush: client.lastPush.map { push in
                LastPush(at: push.at, outcome: PushResponse.Outcome(push.outcome), fromNode: push.from?.rawValue ?? "")
            }
        )
    }
}
