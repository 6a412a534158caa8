import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import CrierCore

@Suite struct DrainTests {
    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)

        var isRaised: Bool { value.load(ordering: .relaxed) }

        func raise() { value.store(true, ordering: .relaxed) }
    }

    private func drain(_ test: TestGateway, over time: TimeAmount) -> EventLoopFuture<Void> {
        let done = test.gateway.loops.map { loop in
            let isDone = loop.eventLoop.makePromise(of: Void.self)
            let phase = Double(loop.index) / Double(test.loops.count)
            loop.startDraining(over: time, phase: phase, isDone: isDone)
            return isDone.futureResult
        }
        return EventLoopFuture.andAllComplete(done, on: test.loop)
    }

    @Test("Every client is told a moment of its own, spread evenly, and its stream ends then")
    func spreadsEvenly() throws {
        let test = try TestGateway(loops: 2)
        let agents = try (0..<10).map { try test.connect("agent-\($0)", on: $0 % 2) }
        let done = drain(test, over: .seconds(10))
        let moments = agents.flatMap(\.outlet.redirects).map(\.after)
        #expect(Set(moments) == Set((0..<10).map { TimeAmount.seconds($0) }))
        #expect(agents.flatMap(\.outlet.redirects).allSatisfy { $0.reason == .drain && !$0.isFinal })
        for second in 0..<10 {
            test.advance(by: .milliseconds(second == 0 ? 100 : 1_000))
            #expect(agents.filter { $0.outlet.end == .drained }.count == second + 1)
        }
        let isDone = Flag()
        done.whenComplete { _ in isDone.raise() }
        test.settle()
        #expect(isDone.isRaised)
    }

    @Test("Until its moment a client still gets what is pushed; afterwards nothing is answered as written")
    func staysUsable() throws {
        let test = try TestGateway()
        _ = try test.connect("a")
        let last = try test.connect("b")
        _ = drain(test, over: .seconds(10))
        test.advance(by: .seconds(4))
        #expect(try test.push("x", to: "b").outcome == .written)
        #expect(last.outlet.texts == ["x"])
        test.advance(by: .seconds(2))
        #expect(try test.push("y", to: "b").outcome == .notConnected)
    }

    @Test("A draining node takes no new clients")
    func takesNoMore() throws {
        let test = try TestGateway()
        _ = drain(test, over: .seconds(10))
        let error = #expect(throws: GatewayError.self) { try test.connect("a") }
        #expect(error?.code == .unavailable)
    }

    @Test("Draining is done early when all clients have left by themselves, and at once when there are none")
    func doneEarly() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        _ = try test.connect("b")
        let other = try test.connect("c")
        let isDone = Flag()
        drain(test, over: .hours(1)).whenComplete { _ in isDone.raise() }
        test.settle()
        agent.handle.detach()
        test.settle()
        #expect(!isDone.isRaised)
        other.handle.detach()
        test.advance(by: .minutes(21))
        #expect(isDone.isRaised)
    }

    @Test("drain returns on real loops, twice")
    func drains() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let encoder = TestEncoder()
        let gateway = Gateway(
            node: try NodeID(validating: "n"),
            eventLoops: Array(group.makeIterator()),
            encoder: encoder,
            generations: BootGenerations(bootNumber: 1),
            environment: GatewayEnvironment(wallClock: { 0 })
        )
        for (place, loop) in group.makeIterator().enumerated() {
            let registration = try Registration(client: try ClientID(validating: "agent-\(place)"))
            try await loop.submit {
                _ = try gateway.attach(registration, outlet: TestOutlet(encoder), on: loop)
            }
            .get()
        }
        #expect(gateway.clientCount == 2)
        try await gateway.drain(over: .milliseconds(20))
        #expect(gateway.clientCount == 0)
        try await gateway.drain(over: .milliseconds(20))
        try await group.shutdownGracefully()
    }
}
