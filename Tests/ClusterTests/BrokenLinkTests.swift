import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import NIOPosix
import Testing

/// What is said of pushes when something is wrong between two nodes.
@Suite("Links that break, stop or are refused", .timeLimit(.minutes(10)))
struct BrokenLinkTests {
    @Test("Cut with pushes under way: each received one is unknown or written, and never not connected")
    func cut() async throws {
        try await TestCluster.run { cluster in
            let agent = try await cluster.nodes[1].connect("a")
            #expect(try await cluster.nodes[0].push("first", to: "a").outcome == .written)
            #expect(try await agent.text() == "first")
            cluster.proxies[1].freeze(.answers)
            let publisher = cluster.nodes[0].openPushStream()
            for tag in 0..<100 { try await publisher.push("\(tag)", to: "a", tag: UInt64(tag)) }
            for tag in 0..<100 { #expect(try await agent.text() == "\(tag)") }
            async let alone = status { _ = try await cluster.nodes[0].push("alone", to: "a") }
            #expect(try await agent.text() == "alone")
            await cluster.proxies[1].cut()
            let answers = try await publisher.answers(100)
            #expect(answers.allSatisfy { $0.outcome == .unknown && !$0.success })
            let status = try await alone
            #expect(status?.code == .unavailable && status?.message.contains("may have been written or not") == true)
            // The way is made anew as soon as somebody needs it and the back-off is over.
            var outcome = PushResponse.Outcome.unavailable
            while outcome == .unavailable { outcome = try await cluster.nodes[0].push("again", to: "a").outcome }
            #expect(outcome == .written)
            #expect(try await agent.text() == "again")
        }
    }

    @Test("A node that is silent with its connection open is given up by itself: pushes under way are unknown")
    func silent() async throws {
        try await TestCluster.run(timing: PeerTiming()) { cluster in
            _ = try await cluster.nodes[1].connect("a")
            // A busy machine may take longer for a connection than this timing allows.
            while try await cluster.nodes[0].push("first", to: "a").outcome != .written {}
            cluster.proxies[1].freeze(.pushes, .answers)
            let publisher = cluster.nodes[0].openPushStream()
            try await publisher.push("lost", to: "a", tag: 1)
            #expect(try await publisher.answer().outcome == .unknown)
        }
    }

    @Test("Pushes that wait for a slow connection go out when it stands, however many bytes they are")
    func slowConnection() async throws {
        try await TestCluster.run { cluster in
            // One message of this size fills an agent's queue.
            let names = (0..<7).map { "agent-\($0)" }
            var agents: [TestAgent] = []
            for name in names { agents.append(try await cluster.nodes[1].connect(name)) }
            cluster.proxies[1].freeze(.answers)
            let publisher = cluster.nodes[0].openPushStream()
            let data = [UInt8](repeating: 1, count: 1 << 20)
            for (tag, name) in names.enumerated() {
                try await publisher.push(
                    CrierMessages.PushRequest(clientID: name, content: .data(data), tag: UInt64(tag))
                )
            }
            cluster.proxies[1].thaw()
            for agent in agents {
                let isWhole = try await agent.hear()?.payload == .data(data)
                #expect(isWhole)
            }
            #expect(try await publisher.answers(7).map(\.outcome) == Array(repeating: .written, count: 7))
        }
    }

    @Test("A node that does not read: pushes beyond the limit are congested, and memory is bounded")
    func notReading() async throws {
        try await TestCluster.run { cluster in
            _ = try await cluster.nodes[1].connect("a")
            #expect(try await cluster.nodes[0].push("first", to: "a").outcome == .written)
            cluster.proxies[1].freeze(.pushes)
            let publisher = cluster.nodes[0].openPushStream()
            let data = [UInt8](repeating: 1, count: 1 << 20)
            // Windows, sockets' buffers and our limit together are far less than 64 MiB.
            async let sending: Void = {
                for tag in 0..<64 {
                    try await publisher.push(
                        CrierMessages.PushRequest(clientID: "a", content: .data(data), tag: UInt64(tag))
                    )
                }
            }()
            let answer = try await publisher.answer()
            #expect(answer.outcome == .congested && answer.error.contains("node-2 does not read"))
            await cluster.proxies[1].cut()
            try await sending
        }
    }

    @Test("A node with the wrong secret, or without one, is refused: nothing is written, and it says why")
    func wrongSecret() async throws {
        let wrong = PeerSecret(Array("another cluster's secret".utf8))
        for secret in [wrong, nil] {
            try await TestCluster.run(secrets: [secret]) { cluster in
                let agent = try await cluster.nodes[1].connect("a")
                let answer = try await cluster.nodes[0].push("stranger", to: "a")
                #expect(answer.outcome == .unavailable && answer.error.contains("UNAUTHENTICATED"))
                #expect(try await cluster.nodes[1].push("own", to: "a").outcome == .written)
                #expect(try await agent.text() == "own")
            }
        }
    }

    @Test("The two doors have nothing in common: no public method on the peer door, no peer method on the public one")
    func doors() async throws {
        try await TestCluster.run(nodes: 1) { cluster in
            let node = cluster.nodes[0]
            let peerDoor = Self.peerDoor(of: node)
            for (channel, method) in [
                (peerDoor, "crier.v1.PushService/PushToClient"), (node.channel, "crier.v1.PeerService/Forward"),
            ] {
                let status = try await status {
                    _ = try await channel.unary(method, framed(CrierMessages.PushRequest(clientID: "a")))
                }
                #expect(status?.code == .unimplemented)
            }
            await peerDoor.shutdown()
        }
    }

    @Test("A newer stream of the same caller: nothing more is taken from the older one")
    func newerStream() async throws {
        try await TestCluster.run(nodes: 1) { cluster in
            let node = cluster.nodes[0]
            let agent = try await node.connect("a")
            let options = Self.options(for: node)
            let doors = (0..<2).map { _ in Self.peerDoor(of: node) }
            var streams: [ClientStream] = []
            for door in doors {
                let stream = door.open("crier.v1.PeerService/Forward", options: options)
                // The hello: from here on it is the newest.
                #expect(try await stream.next() != nil)
                streams.append(stream)
            }
            let text = framed(ServerMessage(payload: .text(TextMessage(content: "new")), messageID: "m")).bytes
            let push = CrierMessages.ForwardedPush(tag: 1, clientID: "a", message: Array(text.readableBytesView))
            try await streams[0].send(framed(PeerRequest(pushes: [push])))
            try await streams[1].send(framed(PeerRequest(pushes: [push])))
            let answer = try #require(try await streams[1].next())
            let answers = try PeerResponse(unpacking: Array(answer.readableBytesView)).answers
            #expect(answers.map(\.outcome) == [.written])
            #expect(try await node.push("last", to: "a").outcome == .written)
            #expect(try await agent.text() == "new")
            #expect(try await agent.text() == "last")
            for door in doors { await door.shutdown() }
        }
    }

    private static func peerDoor(of node: TestNode) -> GRPCChannel {
        GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: node.peerPort)], configuration: .patient,
            group: MultiThreadedEventLoopGroup.singleton
        )
    }

    /// What a node would say of itself.
    private static func options(for node: TestNode) -> CallOptions {
        var options = CallOptions()
        options.metadata.add("crier-caller", "1")
        options.metadata.add("crier-callee", node.record.incarnation.description)
        options.metadata.add("crier-peer-secret-bin", binary: Array("only the nodes of this test know it".utf8))
        return options
    }

    @Test("A peer that sends what is no push is refused, and the clients' streams stay clean")
    func hostilePeer() async throws {
        try await TestCluster.run(nodes: 1) { cluster in
            let node = cluster.nodes[0]
            let agent = try await node.connect("a")
            let peerDoor = Self.peerDoor(of: node)
            let options = Self.options(for: node)
            let bad: [CrierMessages.ForwardedPush] = [
                CrierMessages.ForwardedPush(tag: 1, clientID: "a", message: [0, 0, 0, 0, 9, 1]),
                CrierMessages.ForwardedPush(tag: 1, clientID: "a", message: [1, 0, 0, 0, 1, 1]),
                CrierMessages.ForwardedPush(tag: 1, clientID: "a", message: [0]),
                CrierMessages.ForwardedPush(tag: 1, clientID: "", message: [0, 0, 0, 0, 1, 1]),
                CrierMessages.ForwardedPush(
                    tag: 1, clientID: "a", message: [0, 0, 0, 0, 1, 1], waitFor: .unrecognized(9)),
            ]
            for push in bad {
                let stream = peerDoor.open("crier.v1.PeerService/Forward", options: options)
                #expect(try await stream.next() != nil)
                try await stream.send(framed(PeerRequest(pushes: [push])))
                let status = try await status { while try await stream.next() != nil {} }
                #expect(status?.code == .invalidArgument)
            }
            await peerDoor.shutdown()
            #expect(try await node.push("clean", to: "a").outcome == .written)
            #expect(try await agent.text() == "clean")
        }
    }
}
