import NIOCore
import NIOEmbedded
import Testing

@testable import CrierCore

@Suite struct AckWaitTests {
    private func waiting(
        _ goal: PushRequest.Stage, loop: Int = 0
    ) throws -> (TestGateway, TestGateway.Connected, TestCaller) {
        let test = try TestGateway(loops: 2)
        let agent = try test.connect("a", on: loop)
        let caller = try test.push("do", to: "a", from: 0, waitFor: goal)
        test.settle()
        #expect(agent.outlet.texts == ["do"] && caller.results.isEmpty)
        return (test, agent, caller)
    }

    private func acknowledge(_ agent: TestGateway.Connected, _ stage: Acknowledgement.Stage, detail: String = "") {
        agent.handle.acknowledge(Acknowledgement(stage, message: agent.outlet.messages.last?.id, detail: detail))
    }

    @Test(
        "RECEIVED is answered when the client acknowledges the message, on whatever loop it lives", arguments: [0, 1])
    func received(loop: Int) throws {
        let (test, agent, caller) = try waiting(.received, loop: loop)
        acknowledge(agent, .received)
        test.settle()
        #expect(caller.outcome == .received && caller.results[0].isSuccess)
        acknowledge(agent, .applied)
        test.settle()
        #expect(caller.results.count == 1, "a push is answered once")
    }

    @Test("APPLIED waits for more than RECEIVED")
    func applied() throws {
        let (test, agent, caller) = try waiting(.applied)
        acknowledge(agent, .received)
        #expect(caller.results.isEmpty)
        acknowledge(agent, .applied)
        test.settle()
        #expect(caller.outcome == .applied && caller.results[0].isSuccess)
    }

    @Test("A rejection is an answer, with the client's reason", arguments: [PushRequest.Stage.received, .applied])
    func rejected(goal: PushRequest.Stage) throws {
        let (_, agent, caller) = try waiting(goal)
        acknowledge(agent, .rejected, detail: "no such valve")
        #expect(caller.outcome == .rejected && caller.results[0].isSuccess == false)
        #expect(caller.results[0].detail.contains("no such valve"))
    }

    @Test("Another message's, another client's, or a sequence's acknowledgement settles nothing")
    func foreignAcks() throws {
        let (test, agent, caller) = try waiting(.received)
        let other = try test.connect("b")
        other.handle.acknowledge(Acknowledgement(.received, message: agent.outlet.messages.last?.id))
        agent.handle.acknowledge(Acknowledgement(.received, message: MessageID("another")))
        agent.handle.acknowledge(Acknowledgement(.received, sequence: .max))
        #expect(caller.results.isEmpty)
    }

    @Test("Without a deadline the wait ends after 30 s and says how far it came", arguments: [0, 1])
    func defaultLimit(loop: Int) throws {
        let (test, agent, caller) = try waiting(.applied, loop: loop)
        acknowledge(agent, .received)
        test.advance(by: .milliseconds(29_900))
        #expect(caller.results.isEmpty)
        test.advance(by: .milliseconds(300))
        #expect(caller.outcome == .received && caller.results[0].isSuccess == false)
        #expect(caller.results[0].detail.contains("applied"))
    }

    @Test("The caller's deadline ends the wait, but not later than ten minutes")
    func callersDeadline() throws {
        let test = try TestGateway()
        _ = try test.connect("a")
        let short = try test.push("x", to: "a", waitFor: .received, deadline: test.loop.now + .seconds(1))
        let long = try test.push("x", to: "a", waitFor: .received, deadline: test.loop.now + .hours(1))
        test.advance(by: .milliseconds(900))
        #expect(short.results.isEmpty)
        test.advance(by: .milliseconds(300))
        #expect(short.outcome == .written && short.results[0].isSuccess == false)
        test.advance(by: .minutes(9))
        #expect(long.results.isEmpty)
        test.advance(by: .minutes(2))
        #expect(long.outcome == .written)
    }

    @Test("When the session ends, whoever waits for it is answered", arguments: [0, 1])
    func sessionEnds(loop: Int) throws {
        let (test, agent, caller) = try waiting(.received, loop: loop)
        agent.handle.detach()
        test.settle()
        #expect(caller.outcome == .written && caller.results[0].isSuccess == false)
    }

    @Test("What could not be written is not waited for")
    func notWritten() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        agent.outlet.answer = .congested
        #expect(try test.push("x", to: "a", waitFor: .received).outcome == .congested)
        #expect(try test.push("x", to: "b", waitFor: .received).outcome == .notConnected)
    }

    @Test("The acknowledgements awaited of one client are bounded, and room comes back")
    func boundedPerClient() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        for _ in 0..<Limits.awaitedAcksPerClient { try test.push("x", to: "a", waitFor: .received) }
        #expect(try test.push("x", to: "a", waitFor: .received).outcome == .congested)
        #expect(agent.outlet.texts.count == Limits.awaitedAcksPerClient, "what cannot be waited for is not written")
        acknowledge(agent, .received)
        #expect(try test.push("x", to: "a", waitFor: .received).results.isEmpty)
    }
}
