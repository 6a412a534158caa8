import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import Testing

/// Who is connected to a cluster, asked of any node.
@Suite("Clients of all nodes", .timeLimit(.minutes(10)))
struct ListClientsTests {
    private func list(
        _ node: TestNode, _ request: ListClientsRequest
    ) async throws -> (clients: [CrierMessages.ClientInfo], end: GRPCStatus?) {
        let answers = try await TestAnswers<CrierMessages.ClientInfo>(
            node.channel.open("crier.v1.PushService/ListClients"), request)
        var clients: [CrierMessages.ClientInfo] = []
        let end = try await status { while let client = try await answers.next() { clients.append(client) } }
        return (clients, end)
    }

    @Test("Asked of any node, all clients come in the order of their ids, each with the node that has it")
    func all() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            for number in 0..<30 {
                _ = try await cluster.nodes[number % 3].connect("agent-\(number < 10 ? "0" : "")\(number)")
            }
            for node in cluster.nodes {
                let (clients, end) = try await list(node, ListClientsRequest(allNodes: true))
                #expect(end == nil && clients.count == 30)
                #expect(clients.map(\.clientID) == clients.map(\.clientID).sorted())
                #expect(clients.enumerated().allSatisfy { $1.nodeID == "node-\($0 % 3 + 1)" })
            }
            let some = try await list(cluster.nodes[0], ListClientsRequest(clientIDPrefix: "agent-2", allNodes: true))
            #expect(some.clients.count == 10)
        }
    }

    @Test("One node's clients, asked of another; without a word those of the node that is asked")
    func one() async throws {
        try await TestCluster.run(nodes: 2) { cluster in
            _ = try await cluster.nodes[0].connect("a")
            _ = try await cluster.nodes[1].connect("b")
            #expect(try await list(cluster.nodes[0], ListClientsRequest()).clients.map(\.clientID) == ["a"])
            let other = try await list(cluster.nodes[0], ListClientsRequest(nodeID: "node-2"))
            #expect(other.clients.map(\.clientID) == ["b"])
            let own = try await list(cluster.nodes[0], ListClientsRequest(nodeID: "node-1"))
            #expect(own.clients.map(\.clientID) == ["a"])
            #expect(try await list(cluster.nodes[0], ListClientsRequest(nodeID: "node-9")).end?.code == .notFound)
            #expect(try await list(cluster.nodes[0], ListClientsRequest(nodeID: "a\n")).end?.code == .invalidArgument)
        }
    }

    @Test("A node that does not answer: the others' clients come, and the end of the list says who is missing")
    func missing() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            for (place, name) in ["a", "b", "c"].enumerated() { _ = try await cluster.nodes[place].connect(name) }
            await cluster.proxies[1].stop()
            let (clients, end) = try await list(cluster.nodes[0], ListClientsRequest(allNodes: true))
            #expect(clients.map(\.clientID) == ["a", "c"])
            #expect(end?.code == .unavailable && end?.message.contains("node-2") == true)
        }
    }

    @Test("All nodes are asked at once: the next does not wait for one that does not answer")
    func atOnce() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            for (place, name) in ["a", "b", "c"].enumerated() { _ = try await cluster.nodes[place].connect(name) }
            cluster.proxies[1].freeze(.answers)
            async let listing = list(cluster.nodes[0], ListClientsRequest(allNodes: true))
            // Were they asked in turn, node-2 would have been given up by then, and be missing from the list.
            await cluster.proxies[2].dialled()
            cluster.proxies[1].thaw()
            let (clients, end) = try await listing
            #expect(end == nil && clients.map(\.clientID) == ["a", "b", "c"])
        }
    }

    @Test("The list says what became of a client's last push, and which node it came to")
    func lastPush() async throws {
        try await TestCluster.run { cluster in
            let agent = try await cluster.nodes[1].connect("a")
            func client() async throws -> CrierMessages.ClientInfo? {
                try await list(cluster.nodes[0], ListClientsRequest(nodeID: "node-2")).clients.first
            }
            #expect(try await client()?.lastPush == nil)
            _ = try await cluster.nodes[1].push("here", to: "a")
            #expect(try await client()?.lastPush?.outcome == .written)
            #expect(try await client()?.lastPush?.fromNode == "")
            _ = try await cluster.nodes[0].push("from afar", to: "a")
            #expect(try await client()?.lastPush?.fromNode == "node-1")
            #expect(try await client()?.roundTripUs ?? 0 > 0)

            var request = PushRequest(clientID: "a", content: .text(TextMessage(content: "sign")))
            request.waitFor = .received
            let signed = request
            async let answer = cluster.nodes[0].push(signed)
            var message = try await agent.hear()
            while message?.payload != signed.delivered { message = try await agent.hear() }
            #expect(try await client()?.awaitedAcks == 1)
            try await agent.acknowledge(message?.messageID ?? "", .received)
            #expect(try await answer.outcome == .received)
            let after = try await client()
            #expect(after?.awaitedAcks == 0 && after?.lastPush?.outcome == .received)
        }
    }
}

extension CrierMessages.PushRequest {
    fileprivate var delivered: ServerMessage.Payload? {
        if case .text(let text) = content { .text(text) } else { nil }
    }
}
