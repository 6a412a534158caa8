import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOPosix
import Testing

/// Nodes in one process, with sockets between them.
@Suite("Forwarding between nodes", .timeLimit(.minutes(10)))
struct ForwardingTests {
    @Test("A push on any node reaches an agent on any node, and is answered with the node that holds it")
    func eachToEach() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            for holder in cluster.nodes {
                let agent = try await holder.connect("agent-of-\(holder.id)")
                for node in cluster.nodes {
                    let answer = try await node.push("from \(node.id)", to: "agent-of-\(holder.id)")
                    #expect(answer.success && answer.outcome == .written)
                    #expect(answer.nodeID == holder.id.rawValue)
                    #expect(try await agent.text() == "from \(node.id)")
                }
            }
            #expect(try await cluster.nodes[0].push("x", to: "nobody").outcome == .notConnected)
        }
    }

    @Test("Many pushes through two nodes arrive once, in order, at whom they are for")
    func order() async throws {
        try await TestCluster.run { cluster in
            let names = (0..<20).map { "agent-\($0)" }
            var agents: [TestAgent] = []
            for name in names { agents.append(try await cluster.nodes[1].connect(name)) }
            let publisher = cluster.nodes[0].openPushStream()
            let rounds = 200
            async let sending: Void = {
                for round in 0..<rounds {
                    for (index, name) in names.enumerated() {
                        let tag = UInt64(round * names.count + index)
                        try await publisher.push("\(name) \(round)", to: name, tag: tag)
                    }
                }
            }()
            let answers = try await publisher.answers(rounds * names.count)
            try await sending
            #expect(answers.map(\.tag) == (0..<UInt64(rounds * names.count)).map { $0 })
            #expect(answers.allSatisfy { $0.outcome == .written && $0.nodeID == "node-2" })
            for (name, agent) in zip(names, agents) {
                for round in 0..<rounds { #expect(try await agent.text() == "\(name) \(round)") }
            }
        }
    }

    @Test("An agent that moved between look-up and delivery gets its pushes where it is, in order")
    func moved() async throws {
        try await TestCluster.run(nodes: 3) { cluster in
            let old = try await cluster.nodes[1].connect("mover")
            cluster.nodes[0].view.freeze([try ClientID(validating: "mover")])
            old.leave()
            let new = try await cluster.nodes[2].connect("mover")
            let publisher = cluster.nodes[0].openPushStream()
            for number in 0..<200 { try await publisher.push("\(number)", to: "mover", tag: UInt64(number)) }
            let answers = try await publisher.answers(200)
            let written = answers.filter { $0.outcome == .written }
            // The old stream's end may come behind the first pushes: those it got are written there or not connected.
            #expect(answers.allSatisfy { [.written, .notConnected].contains($0.outcome) })
            let here = written.filter { $0.nodeID == "node-3" }
            #expect(!here.isEmpty)
            for answer in here { #expect(try await new.text() == "\(answer.tag)") }
        }
    }

    @Test("A trace's parent and a message of 3 MiB cross as they are")
    func content() async throws {
        try await TestCluster.run { cluster in
            let agent = try await cluster.nodes[1].connect("a")
            let large = [UInt8](repeating: 7, count: 3 << 20)
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let request = CrierMessages.PushRequest(clientID: "a", content: .data(large), traceparent: trace)
            let answer = try await cluster.nodes[0].push(request)
            let message = try #require(try await agent.hear())
            // Without what the two are: they are long.
            let isWhole = message.payload == .data(large)
            #expect(isWhole)
            #expect(message.traceparent == trace)
            #expect(message.messageID == answer.messageID)
        }
    }

    @Test(
        "A push that waits for the agent's word gets it from the other node",
        arguments: [
            (PushRequest.WaitFor.received, Ack.Stage.received, PushResponse.Outcome.received),
            (.applied, .applied, .applied), (.applied, .rejected, .rejected),
        ]
    )
    func acknowledged(
        _ wait: CrierMessages.PushRequest.WaitFor, _ stage: Ack.Stage, _ outcome: PushResponse.Outcome
    )
        async throws
    {
        try await TestCluster.run { cluster in
            let agent = try await cluster.nodes[1].connect("a")
            async let answer = cluster.nodes[0].push(CrierMessages.PushRequest(clientID: "a", waitFor: wait))
            let message = try #require(try await agent.hear())
            try await agent.acknowledge(message.messageID, stage)
            #expect(try await answer.outcome == outcome)
            #expect(try await answer.success == (outcome != .rejected))
        }
    }

    @Test("The caller's deadline crosses: a push that nobody acknowledges is given up by the holder")
    func deadline() async throws {
        try await TestCluster.run { cluster in
            _ = try await cluster.nodes[1].connect("a")
            let request = CrierMessages.PushRequest(clientID: "a", waitFor: .applied)
            let status = try await status {
                _ = try await cluster.nodes[0].push(request, timeout: .milliseconds(200))
            }
            #expect(status?.code == .deadlineExceeded)
        }
    }

    @Test("A node that left is not dialled, and one that came back in another incarnation is")
    func incarnations() async throws {
        try await TestCluster.run { cluster in
            _ = try await cluster.nodes[1].connect("a")
            #expect(try await cluster.nodes[0].push("x", to: "a").outcome == .written)
            // Its address answers, but as another life of the node than the one that is meant.
            var record = cluster.nodes[1].record
            record.incarnation = Incarnation(rawValue: 77)
            cluster.map.leave(record.id)
            #expect(try await cluster.nodes[0].push("x", to: "a").outcome == .notConnected)
            cluster.map.join(record)
            let place = ClusterMap.Place(node: record, generation: Generation(rawValue: 1))
            cluster.map.set(try ClientID(validating: "a"), place)
            let answer = try await cluster.nodes[0].push("x", to: "a")
            #expect(answer.outcome == .unavailable && answer.error.contains("crier-callee"))
        }
    }
}
