import NIOCore
import Testing

@testable import CrierCore

@Suite struct FencingTests {
    private func refusal(_ body: () throws -> TestGateway.Connected) -> GatewayError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? GatewayError
        }
    }

    @Test(
        "A late handshake of the same instance is refused, and the session that won lives on",
        arguments: [1, 2] as [UInt64])
    func lateAttempt(attempt: UInt64) throws {
        let test = try TestGateway()
        let agent = try test.connect("a", instance: "i", attempt: 2)
        let error = refusal { try test.connect("a", instance: "i", attempt: attempt) }
        #expect(error?.code == .aborted)
        #expect(error?.field == "attempt")
        #expect(agent.handle.isOpen && agent.outlet.redirects.isEmpty)
    }

    @Test("A higher attempt, another instance, or no attempt at all is let in")
    func otherAttempts() throws {
        let test = try TestGateway()
        _ = try test.connect("a", instance: "i", attempt: 2)
        _ = try test.connect("a", instance: "i", attempt: 3)
        _ = try test.connect("a", instance: "i")
        _ = try test.connect("a", instance: "j", attempt: 1)
        _ = try test.connect("a", attempt: 1)
        _ = try test.connect("a", attempt: 1)
    }

    @Test("A session without an attempt does not let an old attempt in behind it")
    func attemptIsKept() throws {
        let test = try TestGateway()
        _ = try test.connect("a", instance: "i", attempt: 5)
        _ = try test.connect("a", instance: "i")
        #expect(refusal { try test.connect("a", instance: "i", attempt: 4) }?.code == .aborted)
    }

    @Test("A late handshake is refused also when the session that won has just ended")
    func lateAfterTheEnd() throws {
        let test = try TestGateway()
        try test.connect("a", instance: "i", attempt: 2).handle.detach()
        #expect(refusal { try test.connect("a", instance: "i", attempt: 1) }?.code == .aborted)
    }

    @Test("The third take-over between two instances within a minute is refused; the holder stays")
    func clones() throws {
        let test = try TestGateway()
        _ = try test.connect("a", instance: "one")
        _ = try test.connect("a", instance: "two")
        let holder = try test.connect("a", instance: "one")
        let error = refusal { try test.connect("a", instance: "two") }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.retryAfter == .seconds(5))
        #expect(holder.handle.isOpen)
        #expect(refusal { try test.connect("a", instance: "two") }?.retryAfter == .seconds(10), "the delay grows")
        _ = try test.connect("a", instance: "one", attempt: 9)
    }

    @Test("Unknown instances are never quarantined")
    func unknownInstances() throws {
        let test = try TestGateway()
        for round in 0..<10 { _ = try test.connect("a", instance: round % 2 == 0 ? "" : "one") }
    }

    @Test("When the holder goes, the quarantined one may come")
    func holderGoes() throws {
        let test = try TestGateway()
        _ = try test.connect("a", instance: "one")
        _ = try test.connect("a", instance: "two")
        let holder = try test.connect("a", instance: "one")
        #expect(refusal { try test.connect("a", instance: "two") } != nil)
        holder.handle.detach()
        _ = try test.connect("a", instance: "two")
    }
}
