import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOPosix
import Testing

/// An operator drains nodes, asking any of them.
@Suite("Draining a node of a cluster", .timeLimit(.minutes(10)))
struct DrainNodeTests {
    @Test("Asked of one node, another is drained: its agents are told where to go, it takes no more, and it lives on")
    func throughAnother() async throws {
        try await TestCluster.run { cluster in
            let agent = try await cluster.nodes[1].connect("a")
            let statuses = try await cluster.nodes[0].drain(DrainRequest(nodeID: "node-2", overMs: 1))
            #expect(statuses.last == DrainStatus(nodeID: "node-2", state: .draining, clients: 0))
            guard case .redirect(let redirect) = try await agent.hear()?.payload else {
                Issue.record("it was not told to go")
                return
            }
            #expect(redirect.targets == [cluster.nodes[0].record.clientAddress])
            #expect(redirect.reason == "drain" && !redirect.final && redirect.afterMs == 0)
            #expect(try await agent.hear() == nil)
            #expect(!cluster.nodes[1].isServing && cluster.nodes[0].isServing)
            let refusal = try await status { _ = try await cluster.nodes[1].connect("b") }
            #expect(refusal?.code == .unavailable)
            // It still works for backends.
            _ = try await cluster.nodes[0].connect("a")
            #expect(try await cluster.nodes[1].push("still here", to: "a").outcome == .written)

            let after = try await cluster.nodes[0].drain(DrainRequest(nodeID: "node-2", cancel: true))
            #expect(after == [DrainStatus(nodeID: "node-2", state: .up, clients: 0)])
            #expect(cluster.nodes[1].isServing)
            _ = try await cluster.nodes[1].connect("b")
        }
    }

    @Test("Until its agents are gone a draining node delivers, and who asked hears when it is called off")
    func keepsDelivering() async throws {
        try await TestCluster.run { cluster in
            let agents = [try await cluster.nodes[1].connect("a"), try await cluster.nodes[1].connect("b")]
            // The second agent's moment is half an hour away; the first one's may be at once.
            let call = try await cluster.nodes[0].startDrain(DrainRequest(nodeID: "node-2", overMs: 3_600_000))
            var status = try #require(try await call.next())
            #expect(status.state == .draining)
            #expect(try await cluster.nodes[0].push("x", to: "b").outcome == .written)
            #expect(try await agents[1].text() == "x")
            // A second operator calls it off: the first one's call ends.
            let cancelled = try await cluster.nodes[1].drain(DrainRequest(cancel: true))
            while let next = try await call.next() { status = next }
            #expect(status.state == .up && [status] == cancelled)
            withExtendedLifetime(agents) {}
        }
    }

    @Test("Who may not operate, and what is wrong, is refused")
    func refusals() async throws {
        try await TestCluster.run(policy: Nobody()) { cluster in
            let status = try await status { _ = try await cluster.nodes[0].drain(DrainRequest(nodeID: "node-2")) }
            #expect(status?.code == .permissionDenied)
            #expect(cluster.nodes.allSatisfy { $0.isServing })
        }
        try await TestCluster.run { cluster in
            let node = cluster.nodes[0]
            let unknown = try await status { _ = try await node.drain(DrainRequest(nodeID: "node-9")) }
            #expect(unknown?.code == .notFound && unknown?.message.contains("node-2") == true)
            let tooLong = try await status { _ = try await node.drain(DrainRequest(nodeID: "node-2", overMs: .max)) }
            #expect(tooLong?.code == .invalidArgument && tooLong?.message.contains("over_ms") == true)
            let negative = try await status { _ = try await node.drain(DrainRequest(overMs: -1)) }
            #expect(negative?.code == .invalidArgument)
            #expect(cluster.nodes.allSatisfy { $0.isServing })
            try await cluster.nodes[1].life.leave()
            let leaving = try await status {
                _ = try await node.drain(DrainRequest(nodeID: "node-2", cancel: true))
            }
            #expect(leaving?.code == .failedPrecondition)
        }
    }

    @Test("A stranger at the peer door drains nobody")
    func stranger() async throws {
        try await TestCluster.run(nodes: 1) { cluster in
            let door = GRPCChannel(
                targets: [HostPort(host: "127.0.0.1", port: cluster.nodes[0].peerPort)],
                group: MultiThreadedEventLoopGroup.singleton
            )
            let status = try await status {
                _ = try await door.unary("crier.v1.PeerService/Drain", framed(DrainRequest()))
            }
            #expect(status?.code == .unauthenticated)
            #expect(cluster.nodes[0].isServing)
            await door.shutdown()
        }
    }
}

private struct Nobody: AccessPolicy {
    func allows(_ operation: StoreOperation, on namespace: StoreNamespace?, by caller: Caller) -> Bool { false }
}
