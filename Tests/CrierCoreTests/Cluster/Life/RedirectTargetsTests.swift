import NIOCore
import Testing

@testable import CrierCore

@Suite("Where clients are sent that must leave")
struct RedirectTargetsTests {
    private func node(
        _ name: String, _ sessions: Int, _ state: ClusterNode.State = .up, limit: Int? = nil, client: String? = nil
    ) throws -> ClusterNode {
        ClusterNode(
            id: try NodeID(validating: name), incarnation: Incarnation(rawValue: 1), peerAddress: "\(name):6566",
            clientAddress: client ?? "\(name):6565", state: state, sessions: sessions, sessionLimit: limit)
    }

    /// How many of 10,000 sessions try each address first.
    private func firsts(_ targets: RedirectTargets) -> [String: Int] {
        (1...10_000)
            .reduce(into: [:]) { counts, number in
                guard let first = targets.addresses(for: Generation(rawValue: UInt64(number))).first else { return }
                counts[first, default: 0] += 1
            }
    }

    @Test("Nodes that drain, and such as nobody knows how to reach, are never named")
    func onlyOpenOnes() throws {
        let nodes = [try node("a", 0), try node("b", 0, .draining), try node("c", 0, client: "")]
        let targets = RedirectTargets(from: nodes, leaving: 100)
        #expect(targets.addresses(for: Generation(rawValue: 1)) == ["a:6565"])
        #expect(RedirectTargets(from: Array(nodes.dropFirst()), leaving: 100).addresses(for: .init(rawValue: 1)) == [])
        #expect(RedirectTargets(from: nodes, below: 10).addresses(for: Generation(rawValue: 1)) == ["a:6565"])
    }

    @Test("Every session has all of them, in an order of its own that does not change")
    func orders() throws {
        let targets = RedirectTargets(from: try ["a", "b", "c"].map { try node($0, 50) }, leaving: 50)
        let orders = (1...100).map { targets.addresses(for: Generation(rawValue: $0)) }
        #expect(orders.allSatisfy { Set($0) == ["a:6565", "b:6565", "c:6565"] && $0.count == 3 })
        #expect(Set(orders).count == 6)
        #expect(orders == (1...100).map { targets.addresses(for: Generation(rawValue: $0)) })
    }

    @Test("Of many nodes a few are named")
    func bounded() throws {
        let targets = RedirectTargets(from: try (1...30).map { try node("n\($0)", 0) }, leaving: 1)
        #expect(Set(targets.addresses(for: Generation(rawValue: 9))).count == LifeLimits.redirectTargets)
    }

    @Test("They spread as the room below the average does; a node above it gets next to nothing")
    func weights() throws {
        // 3,000 come: the average is 2,000, the room 2,000, 1,000 and none.
        let nodes = [try node("a", 0), try node("b", 1_000), try node("c", 2_000)]
        let counts = firsts(RedirectTargets(from: nodes, leaving: 3_000))
        #expect((6_000...6_700).contains(counts["a:6565"] ?? 0))
        #expect((3_000...3_600).contains(counts["b:6565"] ?? 0))
        #expect((100...500).contains(counts["c:6565"] ?? 0))
    }

    @Test("A full node is named only when all are full")
    func full() throws {
        let full = [try node("a", 50, limit: 50), try node("b", 60, limit: 50)]
        let all = full + [try node("c", 5_000), try node("d", 49, limit: 50), try node("e", 0, .draining)]
        #expect(Set(firsts(RedirectTargets(from: all, leaving: 100)).keys) == ["c:6565", "d:6565"])
        #expect(Set(firsts(RedirectTargets(from: full, leaving: 100)).keys) == ["a:6565", "b:6565"])
        // Who only evens out keeps its clients then.
        #expect(RedirectTargets(from: full, below: 100).isEmpty)
        #expect(Set(firsts(RedirectTargets(from: all, below: 100)).keys) == ["d:6565"])
    }

    @Test("A node gets no more than it has room for; the others get that too")
    func limited() throws {
        // 3,000 come: 100 fit one, and the others stand at 1,450 each then.
        let nodes = [try node("a", 0, limit: 100), try node("b", 0), try node("c", 0)]
        let counts = firsts(RedirectTargets(from: nodes, leaving: 3_000))
        #expect((200...400).contains(counts["a:6565"] ?? 0))
        #expect((4_600...5_100).contains(counts["b:6565"] ?? 0))
        #expect((4_600...5_100).contains(counts["c:6565"] ?? 0))
    }

    @Test("Who has too many sends them only to nodes below the average")
    func shedding() throws {
        let nodes = [try node("a", 0), try node("b", 60), try node("c", 100), try node("d", 150)]
        let counts = firsts(RedirectTargets(from: nodes, below: 100))
        #expect(Set(counts.keys) == ["a:6565", "b:6565"])
        #expect((6_800...7_500).contains(counts["a:6565"] ?? 0))
    }
}

@Suite("A node of a cluster drains")
struct ClusterDrainTests {
    @Test("Its clients are sent to the nodes that are up, and not to itself or to one that drains")
    func namesTargets() async throws {
        try await TestNodes.with(3) { nodes in
            nodes[2].registry.declare(.draining)
            let isKnown = { nodes[0].registry.nodes.contains { $0.state == .draining } }
            try await nodes[0].eventually(isKnown, until: { $0 })
            let agent = try await nodes[0].connect("c1")
            try await nodes[0].gateway.drain(over: .zero)
            #expect(agent.outlet.withLock { $0.end } == .drained)
            #expect(agent.outlet.withLock { $0.redirects.map(\.targets) } == [["n2.example:6565"]])
        }
    }

    @Test("An operator's drain tells each client when its moment has come, and can be called off")
    func callOff() throws {
        let test = try TestGateway(loops: 2)
        let agents = try (0..<10).map { try test.connect("agent-\($0)", on: $0 % 2) }
        test.gateway.empty(over: .seconds(10))
        test.advance(by: .milliseconds(4_500))
        #expect(agents.filter { $0.outlet.end == .drained }.count == 5)
        #expect(agents.flatMap(\.outlet.redirects).map(\.after) == Array(repeating: .zero, count: 5))
        let error = #expect(throws: GatewayError.self) { try test.connect("late") }
        #expect(error?.code == .unavailable)
        test.gateway.stopEmptying()
        test.advance(by: .seconds(10))
        #expect(agents.filter { $0.outlet.end != nil }.count == 5)
        _ = try test.connect("late")
    }

    @Test("The end of the process takes over from an operator's drain, and is quick when nobody is left")
    func endTakesOver() throws {
        let test = try TestGateway()
        let agents = try (0..<4).map { try test.connect("agent-\($0)") }
        test.gateway.empty(over: .minutes(10))
        test.advance(by: .seconds(1))
        #expect(agents.filter { $0.outlet.end == .drained }.count == 1)
        let isDone = test.loop.makePromise(of: Void.self)
        test.gateway.loops[0].startDraining(over: .seconds(3), phase: 0, isDone: isDone)
        // Calling off comes too late.
        test.gateway.stopEmptying()
        test.advance(by: .seconds(3))
        #expect(agents.allSatisfy { $0.outlet.end == .drained })
        let again = test.loop.makePromise(of: Void.self)
        test.gateway.loops[0].startDraining(over: .minutes(10), phase: 0, isDone: again)
        var isQuick = false
        again.futureResult.assumeIsolated().whenSuccess { isQuick = true }
        test.settle()
        #expect(isQuick)
    }
}
