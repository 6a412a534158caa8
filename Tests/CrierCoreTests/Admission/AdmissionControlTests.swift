import NIOCore
import NIOEmbedded
import Testing

@testable import CrierCore

@Suite("Admission control")
struct AdmissionControlTests {
    private func gateway(sessions: Int? = nil, rate: Int? = nil) throws -> TestGateway {
        var settings = GatewaySettings()
        settings.maximumSessions = sessions
        settings.maximumConnectRate = rate
        return try TestGateway(settings: settings)
    }

    /// How long it is to stay away; nil: it was let in.
    private func delay(_ test: TestGateway) -> TimeAmount? {
        do throws(GatewayError) {
            try test.gateway.enter(on: test.loop)
            return nil
        } catch {
            #expect(error.code == .resourceExhausted)
            return error.retryAfter
        }
    }

    @Test("As many clients as there may be; the next one may come when one has left")
    func sessions() throws {
        let test = try gateway(sessions: 2)
        #expect(delay(test) == nil && delay(test) == nil)
        let delays = (0..<100).compactMap { _ in delay(test) }
        #expect(delays.count == 100)
        // Spread, so that they do not come back together.
        #expect(delays.allSatisfy { $0 >= Limits.fullDelay && $0 < Limits.fullDelay * 2 })
        let tenths = Set(delays.map { ($0 - Limits.fullDelay).nanoseconds * 10 / Limits.fullDelay.nanoseconds })
        #expect(tenths.count == 10)
        test.gateway.left()
        #expect(delay(test) == nil)
        #expect(delay(test) != nil)
    }

    @Test("As many connects in a second as there may be; those beyond get turns of their own, one after the other")
    func rate() throws {
        let test = try gateway(rate: 100)
        #expect((0..<100).allSatisfy { _ in delay(test) == nil })
        let turns = (0..<500).compactMap { _ in delay(test) }
        #expect(turns.count == 500)
        #expect(turns.first == Limits.shortestTurn && turns.last == Limits.shortestTurn + .milliseconds(4_990))
        #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 - $0 == .milliseconds(10) })
        // They come back at their turns, and are let in: nobody is sent away twice.
        test.loop.advanceTime(by: Limits.shortestTurn)
        for _ in 0..<500 {
            #expect(delay(test) == nil)
            test.loop.advanceTime(by: .milliseconds(10))
        }
    }

    @Test("However many are refused, nobody is to stay away for longer than the limit")
    func longestTurn() throws {
        let test = try gateway(rate: 1)
        let turns = (0..<1_000).compactMap { _ in delay(test) }
        #expect(turns.count == 999)
        #expect(turns.allSatisfy { $0 >= Limits.shortestTurn && $0 <= Limits.longestTurn })
    }

    @Test("Without limits everybody is let in; while the node drains nobody is, and it is not said to be a limit")
    func openOrDraining() throws {
        let test = try gateway()
        #expect((0..<10_000).allSatisfy { _ in delay(test) == nil })
        test.gateway.empty(over: .zero)
        test.settle()
        let error = #expect(throws: GatewayError.self) { try test.gateway.enter(on: test.loop) }
        #expect(error?.code == .unavailable)
    }
}
