import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import Testing

/// Why a push did not arrive, asked of any node.
@Suite("Refused pushes of all nodes", .timeLimit(.minutes(10)))
struct RefusedPushesTests {
    private func ask(
        _ node: TestNode, _ client: String, allNodes: Bool = true
    ) async throws -> (pushes: [CrierMessages.RefusedPush], end: GRPCStatus?) {
        let request = RefusedPushesRequest(clientID: client, allNodes: allNodes)
        let answers = try await TestAnswers<CrierMessages.RefusedPush>(
            node.channel.open("\(TestNode.pushService)/GetRefusedPushes"), request)
        var pushes: [CrierMessages.RefusedPush] = []
        let end = try await status { while let push = try await answers.next() { pushes.append(push) } }
        return (pushes, end)
    }

    @Test("Asked of any node, each node's last refused push comes; without a word that of the node that is asked")
    func all() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            var messages: [String: String] = [:]
            for node in cluster.nodes.dropLast() {
                let answer = try await node.push("x", to: "away")
                #expect(answer.outcome == .notConnected)
                messages[node.id.rawValue] = answer.messageID
            }
            for node in cluster.nodes {
                let (pushes, end) = try await ask(node, "away")
                #expect(end == nil && pushes.count == 2)
                #expect(pushes.allSatisfy { $0.outcome == .notConnected && $0.detail.contains("away") })
                #expect(pushes.allSatisfy { $0.messageID == messages[$0.nodeID] })
                // Newest first: node-2's clock is ahead.
                #expect(pushes.map(\.nodeID) == ["node-2", "node-1"])
            }
            #expect(try await ask(cluster.nodes[0], "away", allNodes: false).pushes.map(\.nodeID) == ["node-1"])
            #expect(try await ask(cluster.nodes[2], "away", allNodes: false).pushes == [])
            #expect(try await ask(cluster.nodes[2], "other").pushes == [])
        }
    }

    @Test("A push whose way to the client's node was closed is told with the reason, by the node that it was made on")
    func unreachable() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            // Its address answers, but as another life of the node than the one that is meant.
            var record = cluster.nodes[1].record
            record.incarnation = Incarnation(rawValue: 77)
            cluster.map.leave(record.id)
            cluster.map.join(record)
            let place = ClusterMap.Place(node: record, generation: Generation(rawValue: 1))
            cluster.map.set(try ClientID(validating: "a"), place)
            #expect(try await cluster.nodes[0].push("x", to: "a").outcome == .unavailable)
            let (pushes, end) = try await ask(cluster.nodes[2], "a")
            #expect(end == nil && pushes.map(\.nodeID) == ["node-1"])
            #expect(pushes.first?.outcome == .unavailable && pushes.first?.detail.contains("crier-callee") == true)
        }
    }

    @Test("A push that was written on another node is remembered by none")
    func written() async throws {
        try await TestCluster.run { cluster in
            _ = try await cluster.nodes[1].connect("a")
            #expect(try await cluster.nodes[0].push("x", to: "a").outcome == .written)
            let (pushes, end) = try await ask(cluster.nodes[0], "a")
            #expect(end == nil && pushes == [])
        }
    }

    @Test("A node that does not answer: what the others remember comes, and the end says who is missing")
    func missing() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            for node in cluster.nodes { _ = try await node.push("x", to: "away") }
            await cluster.proxies[1].stop()
            let (pushes, end) = try await ask(cluster.nodes[0], "away")
            #expect(Set(pushes.map(\.nodeID)) == ["node-1", "node-3"])
            #expect(end?.code == .unavailable && end?.message.contains("node-2") == true)
        }
    }
}
