import NIOCore
import Testing

@testable import CrierCore

@Suite struct CongestionTests {
    @Test("Pushes on their way to another loop are bounded; beyond that they are CONGESTED, and it goes on afterwards")
    func boundedCrossing() throws {
        let test = try TestGateway(loops: 2)
        let agent = try test.connect("a", on: 1)
        let caller = TestCaller()
        let request = PushRequest(client: agent.handle.client, content: .text("x"))
        for _ in 0..<(Limits.crossingPushesPerLoop + 10) {
            try test.gateway.push(request, on: test.loop, caller: caller)
        }
        #expect(caller.results.map(\.outcome) == Array(repeating: .congested, count: 10))
        test.settle()
        #expect(caller.results.count == Limits.crossingPushesPerLoop + 10)
        #expect(agent.outlet.texts.count == Limits.crossingPushesPerLoop)
        try test.gateway.push(request, on: test.loop, caller: caller)
        test.settle()
        #expect(caller.outcome == .written)
    }
}
