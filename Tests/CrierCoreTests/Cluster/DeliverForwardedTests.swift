import NIOCore
import NIOEmbedded
import Testing

@testable import CrierCore

/// One node of a cluster, to which another forwards.
@Suite("Pushes that another node forwards")
struct DeliverForwardedTests {
    let directory = TestDirectory()
    let links = TestLinks()
    let test: TestGateway

    init() throws {
        test = try TestGateway(loops: 2, cluster: ClusterRouting(directory: directory, links: links))
    }

    /// Hears what a peer would be told.
    final class Peer: PushCaller {
        private(set) var words: [String] = []
        var isOtherNode: Bool { true }
        func pushed(_ result: PushResult, tag: UInt64) { words.append("\(tag) \(result.outcome)") }
        func written(tag: UInt64) { words.append("\(tag) awaiting") }
    }

    private func deliver(
        to client: String, generation: Generation, _ peer: Peer, waitFor: PushRequest.Stage = .written
    ) throws -> Bool {
        let push = ForwardedPush(
            client: try ClientID(validating: client), generation: generation, waitFor: waitFor, patience: .seconds(3),
            message: MessageID("from-afar"), tag: 5
        )
        var isOurs = false
        test.encoder.encode(Message(.text("hello"), id: MessageID("from-afar"))) {
            isOurs = test.gateway.deliver(push, $0, on: test.loops[0], caller: peer)
        }
        test.settle()
        return isOurs
    }

    @Test("The generation that is meant, or a newer one, gets it, on whatever loop it lives", arguments: [0, 1])
    func delivered(loop: Int) throws {
        let client = try test.connect("a", on: loop)
        let peer = Peer()
        let generation = client.handle.generation
        #expect(try deliver(to: "a", generation: generation, peer))
        #expect(try deliver(to: "a", generation: Generation(rawValue: generation.rawValue - 1), peer))
        #expect(client.outlet.texts == ["hello", "hello"])
        #expect(peer.words == ["5 written", "5 written"])
    }

    @Test("An older generation does not get what was meant for a newer one, and a client that is not here gets nothing")
    func wrongNode() throws {
        let client = try test.connect("a")
        let peer = Peer()
        #expect(try !deliver(to: "a", generation: Generation(rawValue: client.handle.generation.rawValue + 1), peer))
        #expect(try !deliver(to: "b", generation: Generation(rawValue: 1), peer))
        #expect(client.outlet.texts.isEmpty && peer.words.isEmpty)
    }

    @Test("What was forwarded once is never forwarded again")
    func noLoops() throws {
        try directory.set("b", .to(.three, 9))
        #expect(try !deliver(to: "b", generation: Generation(rawValue: 1), Peer()))
        #expect(links.take().isEmpty)
    }

    @Test("One that is refused here is remembered where it was made, and not here as well", arguments: [0, 1])
    func remembered(loop: Int) throws {
        let client = try test.connect("a", on: loop)
        client.outlet.answer = .congested
        let peer = Peer()
        #expect(try deliver(to: "a", generation: client.handle.generation, peer))
        #expect(peer.words == ["5 congested"])
        #expect(test.gateway.loops.allSatisfy { $0.refusedPushes.count == 0 })
    }

    @Test("A node that cannot prove its record delivers nothing that others forward, and serves its own callers")
    func unproven() throws {
        let client = try test.connect("a")
        directory.prove(false)
        #expect(try !deliver(to: "a", generation: client.handle.generation, Peer()))
        #expect(try test.push("own", to: "a").outcome == .written)
        #expect(client.outlet.texts == ["own"])
    }

    @Test("A push that waits: first that it is written, then what the client says", arguments: [0, 1])
    func waits(loop: Int) throws {
        let client = try test.connect("a", on: loop)
        let peer = Peer()
        #expect(try deliver(to: "a", generation: client.handle.generation, peer, waitFor: .applied))
        #expect(peer.words == ["5 awaiting"])
        client.handle.acknowledge(Acknowledgement(.applied, message: MessageID("from-afar")))
        test.settle()
        #expect(peer.words == ["5 awaiting", "5 applied"])
    }

    @Test("The patience of the caller is kept here")
    func patience() throws {
        let client = try test.connect("a")
        let peer = Peer()
        _ = try deliver(to: "a", generation: client.handle.generation, peer, waitFor: .applied)
        test.advance(by: .seconds(4))
        #expect(peer.words == ["5 awaiting", "5 written"])
    }
}
