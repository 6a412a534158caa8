import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import CrierCore

@Suite("The memory of refused pushes")
struct RefusedPushesTests {
    private func refusal(_ client: String, at: Int64) throws -> RefusedPush {
        let id = try ClientID(validating: client)
        return RefusedPush(.notConnected(id, MessageID("m")), for: id, at: at)
    }

    private func times(_ memory: RefusedPushes, _ clients: String...) throws -> [Int64?] {
        try clients.map { memory.last(for: try ClientID(validating: $0))?.at }
    }

    @Test("Of one client the newest counts, and takes one place")
    func newest() throws {
        var memory = RefusedPushes(limit: 3)
        for time in 1...10 { memory.remember(try refusal("a", at: Int64(time))) }
        #expect(try times(memory, "a", "b") == [10, nil])
        #expect(memory.count == 1)
    }

    @Test("Beyond so many clients, the one refused longest ago is forgotten, not the one that came first")
    func bounded() throws {
        var memory = RefusedPushes(limit: 3)
        for (time, client) in ["a", "b", "c", "a", "d"].enumerated() {
            memory.remember(try refusal(client, at: Int64(time)))
        }
        #expect(try times(memory, "a", "b", "c", "d") == [3, nil, 2, 4])
        memory.remember(try refusal("e", at: 5))
        #expect(try times(memory, "a", "c", "d", "e") == [3, nil, 4, 5])
        memory.remember(try refusal("f", at: 6))
        #expect(try times(memory, "a", "d", "e", "f") == [nil, 4, 5, 6])
        #expect(memory.count == 3)
    }

    @Test("Whatever comes, it is what a plain list would say", arguments: [1, 2, 7, 64])
    func likeAList(limit: Int) throws {
        var memory = RefusedPushes(limit: limit)
        var list: [RefusedPush] = []
        var random: UInt64 = 7
        let clients = try (0..<100).map { try ClientID(validating: "client-\($0)") }
        for time in 0..<5_000 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Few of them often, many of them seldom.
            let client = clients[Int(random >> 33) % (random >> 63 == 0 ? 10 : 100)]
            let push = RefusedPush(.notConnected(client, MessageID("m")), for: client, at: Int64(time))
            memory.remember(push)
            list.removeAll { $0.client == client }
            list.append(push)
            if list.count > limit { list.removeFirst() }
            #expect(memory.last(for: client) == push)
        }
        for client in clients { #expect(memory.last(for: client) == list.first(where: { $0.client == client })) }
    }

    @Test("Words without end are cut, and between two characters")
    func longDetail() throws {
        let id = try ClientID(validating: "a")
        let words = String(repeating: "器", count: 10_000)
        let result = PushResult(.unreachable, isSuccess: false, message: MessageID("m"), detail: words)
        let detail = RefusedPush(result, for: id, at: 1).detail
        #expect(detail == words.prefix(Limits.refusalDetailBytes / 3))
    }
}

@Suite("Which pushes are remembered as refused")
struct RefusedPushTests {
    private func remembered(_ test: TestGateway, _ client: String, on loop: Int = 0) throws -> RefusedPush? {
        test.gateway.loops[loop].refusedPushes.last(for: try ClientID(validating: client))
    }

    @Test("One for a client that is not there, with what its caller was told; one that is written is not")
    func notConnected() throws {
        let test = try TestGateway()
        _ = try test.connect("here")
        try test.push("x", to: "here")
        let caller = try test.push("x", to: "away")
        #expect(try remembered(test, "here") == nil)
        let push = try #require(try remembered(test, "away"))
        #expect(push.at == TestGateway.wallTime && push.outcome == .notConnected)
        #expect(push.message == caller.results[0].message && push.detail == caller.results[0].detail)
        // Its being written later does not undo it.
        _ = try test.connect("away")
        #expect(try test.push("x", to: "away").outcome == .written)
        #expect(try remembered(test, "away") == push)
    }

    @Test("One for a client that does not read, on the loop that it was made on")
    func congested() throws {
        let test = try TestGateway(loops: 2)
        let agent = try test.connect("a", on: 1)
        agent.outlet.answer = .congested
        try test.push("x", to: "a", from: 0)
        test.settle()
        #expect(try remembered(test, "a", on: 0)?.outcome == .congested)
        #expect(try remembered(test, "a", on: 1) == nil)
    }

    @Test("Not one that was written, though nobody acknowledged it, nor one that the client rejected")
    func unacknowledged() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        let deadline = test.loop.now + .seconds(1)
        let caller = try test.push("x", to: "a", waitFor: .applied, deadline: deadline)
        test.advance(by: .seconds(2))
        #expect(caller.outcome == .written && caller.results.map(\.isSuccess) == [false])
        let rejected = try test.push("y", to: "a", waitFor: .applied)
        agent.handle.acknowledge(Acknowledgement(.rejected, message: agent.outlet.messages.last?.id, detail: "no"))
        #expect(rejected.outcome == .rejected)
        #expect(try remembered(test, "a") == nil)
    }

    @Test("One that could not be handed to the client's node, or of which nobody knows, and why")
    func forwarded() throws {
        let (directory, links) = (TestDirectory(), TestLinks())
        let test = try TestGateway(cluster: ClusterRouting(directory: directory, links: links))
        try directory.set("a", .to(.two, 7))
        links.set(.unreachable("it is down"))
        try test.push("x", to: "a")
        #expect(try remembered(test, "a")?.outcome == .unreachable)
        #expect(try remembered(test, "a")?.detail == "it is down")
        links.set(.congested("it does not read"))
        try test.push("x", to: "a")
        #expect(try remembered(test, "a")?.outcome == .congested)
        links.set(.accepted)
        try test.push("x", to: "a")
        links.lose(.unknown("reset"))
        #expect(try remembered(test, "a")?.outcome == .unknown)
        #expect(try remembered(test, "a")?.detail.contains("reset") == true)
        try test.push("x", to: "a")
        links.answer(try #require(links.take().last), .written)
        #expect(try remembered(test, "a")?.outcome == .unknown)
        try test.push("x", to: "a")
        links.sayWrongNode(try #require(links.take().last))
        directory.answerReread(.success(nil))
        test.settle()
        #expect(try remembered(test, "a")?.outcome == .notConnected)
    }

    @Test("Asked of the gateway, the newest of all loops comes")
    func ofAllLoops() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loops = Array(group.makeIterator())
        let wall = TestWallClock(1_000)
        let gateway = Gateway(
            node: try NodeID(validating: "n"),
            eventLoops: loops,
            encoder: TestEncoder(),
            generations: BootGenerations(bootNumber: 1),
            environment: GatewayEnvironment(wallClock: { wall.milliseconds })
        )
        let (client, other) = (try ClientID(validating: "away"), try ClientID(validating: "other"))
        #expect(await gateway.lastRefusedPush(for: client) == nil)
        for (place, time) in [(0, 2_000), (1, 3_000), (0, 4_000)] {
            wall.milliseconds = Int64(time)
            let loop = loops[place]
            try await loop.submit {
                let request = PushRequest(client: client, content: .text("x"))
                try gateway.push(request, on: loop, caller: TestCaller())
            }
            .get()
            #expect(await gateway.lastRefusedPush(for: client)?.at == Int64(time))
        }
        #expect(await gateway.lastRefusedPush(for: other) == nil)
        try await gateway.drain(over: .zero)
        try await group.shutdownGracefully()
    }
}
