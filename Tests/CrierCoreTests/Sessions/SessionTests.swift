import NIOCore
import NIOEmbedded
import Testing

@testable import CrierCore

@Suite struct SessionTests {
    @Test("Welcome is the first message, and says who, where and how often to beat")
    func welcomeFirst() throws {
        let test = try TestGateway()
        let agent = try test.connect("agent-7")
        let welcome = try #require(agent.outlet.welcome)
        #expect(agent.outlet.messages.count == 1)
        #expect(welcome.session == agent.handle.id)
        #expect(welcome.generation == agent.handle.generation)
        #expect(welcome.node.rawValue == "node-1")
        #expect(welcome.heartbeatInterval == .seconds(20))
        #expect(welcome.serverTime == TestGateway.wallTime)
        #expect(!welcome.resumed)
    }

    @Test("Newest wins: the old session is told so, finally, and its stream ends", arguments: [0, 1])
    func newestWins(loop: Int) throws {
        let test = try TestGateway(loops: 2)
        let old = try test.connect("a")
        let new = try test.connect("a", on: loop)
        test.settle()
        #expect(old.handle.generation < new.handle.generation)
        #expect(old.outlet.redirects == [Redirect(.superseded, isFinal: true)])
        #expect(old.outlet.end == .superseded)
        try test.push("x", to: "a", from: loop)
        #expect(new.outlet.texts == ["x"])
        #expect(old.outlet.texts.isEmpty)
    }

    @Test("A late clean-up cannot remove the newer session", arguments: [0, 1])
    func lateCleanUp(loop: Int) throws {
        let test = try TestGateway(loops: 2)
        let old = try test.connect("a")
        let new = try test.connect("a", on: loop)
        old.handle.detach()
        test.settle()
        old.handle.detach()
        test.advance(by: .minutes(2))
        #expect(new.handle.isOpen)
        #expect(try test.push("x", to: "a", from: loop).outcome == .written)
        #expect(test.observer.kinds == [.online])
    }

    @Test("A session that ended is not connected any more")
    func detached() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        agent.handle.detach()
        #expect(!agent.handle.isOpen)
        #expect(agent.outlet.end == nil, "the service said that the stream is gone; it need not be told")
        #expect(try test.push("x", to: "a").outcome == .notConnected)
        #expect(test.gateway.clientCount == 0)
    }

    @Test("Sessions that end in any order leave the others alone")
    func endsInAnyOrder() throws {
        let test = try TestGateway()
        var agents = try (0..<50).map { try test.connect("agent-\($0)") }
        agents.shuffle()
        for agent in agents[..<25] { agent.handle.detach() }
        for agent in agents[25...] {
            #expect(try test.push("x", to: agent.handle.client.rawValue).outcome == .written)
        }
        #expect(test.gateway.clientCount == 25)
    }

    @Test("A heartbeat is answered with the client's own timestamp")
    func heartbeatEcho() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        agent.handle.heartbeat(timestamp: 42)
        #expect(agent.outlet.messages.last?.content == .heartbeat(client: agent.handle.client, timestamp: 42))
    }

    @Test("A client that has beaten and is silent for three intervals is dead")
    func silence() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        agent.handle.heartbeat(timestamp: 1)
        test.advance(by: .seconds(59))
        #expect(agent.handle.isOpen)
        test.advance(by: .seconds(4))
        #expect(agent.outlet.end == .silent(.seconds(60)))
        #expect(try test.push("x", to: "a").outcome == .notConnected)
    }

    @Test("Any message of the client proves that it lives")
    func anyMessageCounts() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        agent.handle.heartbeat(timestamp: 1)
        test.advance(by: .seconds(50))
        agent.handle.acknowledge(Acknowledgement(.received, sequence: 1))
        test.advance(by: .seconds(50))
        agent.handle.fileStatus(FileStatus(fileID: "f", state: .downloading))
        test.advance(by: .seconds(50))
        #expect(agent.handle.isOpen)
        #expect(test.observer.files.map(\.fileID) == ["f"])
    }

    @Test("A client that never beats is not judged by its silence")
    func neverBeats() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        test.advance(by: .minutes(10))
        #expect(agent.handle.isOpen)
    }

    @Test("A stream whose oldest unsent byte is older than the stall limit ends")
    func stalled() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        try test.push("x", to: "a")
        agent.outlet.stalledSince = test.loop.now
        test.advance(by: .seconds(29))
        #expect(agent.handle.isOpen)
        test.advance(by: .seconds(5))
        #expect(agent.outlet.end == .stalled(.seconds(30)))
    }

    @Test("A slow reader that goes on reading stays")
    func slowReader() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        for _ in 0..<10 {
            try test.push("x", to: "a")
            agent.outlet.stalledSince = test.loop.now
            test.advance(by: .seconds(25))
            agent.outlet.stalledSince = nil
            test.advance(by: .seconds(25))
        }
        #expect(agent.handle.isOpen)
    }

    @Test("All of many silent sessions are found, also when there are more than one look takes in")
    func sweepsInSlices() throws {
        let test = try TestGateway()
        let agents = try (0..<(2 * Limits.sweepSlice + 10)).map { try test.connect("agent-\($0)") }
        for (place, agent) in agents.enumerated() where place % 2 == 0 { agent.handle.heartbeat(timestamp: 1) }
        test.advance(by: .seconds(65))
        for (place, agent) in agents.enumerated() { #expect(agent.handle.isOpen == (place % 2 == 1)) }
    }

    @Test("A returning client that names its last session is told that it was known")
    func resumed() throws {
        let test = try TestGateway()
        let first = try test.connect("a")
        first.handle.detach()
        let second = try test.connect("a", lastSession: first.handle.id)
        #expect(second.outlet.welcome?.resumed == true)
        let third = try test.connect("a", lastSession: first.handle.id)
        #expect(third.outlet.welcome?.resumed == false, "it is not the last one any more")
        third.handle.detach()
        test.advance(by: .minutes(1))
        let fourth = try test.connect("a", lastSession: third.handle.id)
        #expect(fourth.outlet.welcome?.resumed == false, "forgotten after the grace")
    }
}
