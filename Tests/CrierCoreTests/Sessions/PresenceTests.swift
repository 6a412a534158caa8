import NIOCore
import Testing

@testable import CrierCore

@Suite struct PresenceTests {
    @Test("Routing changes at once; offline is told after the grace")
    func offlineAfterGrace() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        agent.handle.detach()
        #expect(try test.push("x", to: "a").outcome == .notConnected)
        test.advance(by: .seconds(19))
        #expect(test.observer.kinds == [.online])
        test.advance(by: .seconds(2))
        #expect(test.observer.kinds == [.online, .offline])
        #expect(test.observer.presence[1].generation == agent.handle.generation)
    }

    @Test("A return within the grace, on whatever loop, cancels offline and is no new online", arguments: [0, 1])
    func returns(loop: Int) throws {
        let test = try TestGateway(loops: 2)
        for _ in 0..<5 {
            let agent = try test.connect("a", on: loop)
            test.advance(by: .seconds(15))
            agent.handle.detach()
            test.advance(by: .seconds(15))
        }
        #expect(test.observer.kinds == [.online])
        test.advance(by: .seconds(30))
        #expect(test.observer.kinds == [.online, .offline], "the last leave counts, and counts once")
    }

    @Test("A take-over is no change of presence")
    func takeover() throws {
        let test = try TestGateway()
        _ = try test.connect("a")
        _ = try test.connect("a")
        test.advance(by: .minutes(1))
        #expect(test.observer.kinds == [.online])
    }
}
