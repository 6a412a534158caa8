import NIOCore
import NIOEmbedded
import Testing

@testable import CrierCore

/// One node of a cluster whose others are the test.
@Suite("Pushes to clients of other nodes")
struct ForwardingTests {
    let directory = TestDirectory()
    let links = TestLinks()
    let test: TestGateway

    init() throws {
        test = try TestGateway(cluster: ClusterRouting(directory: directory, links: links))
    }

    /// Texts on their way.
    private func texts(_ sent: [TestLinks.Sent]) -> [String] {
        sent.map { sent in
            if case .text(let text) = test.encoder.message(sent.message).content { text } else { "no text" }
        }
    }

    @Test("A push goes to the node that the map names, with the client's generation, and is answered with its word")
    func forwarded() throws {
        try directory.set("a", .to(.two, 7))
        let caller = try test.push("one", to: "a")
        let sent = links.take()
        #expect(sent.map(\.push.generation.rawValue) == [7])
        #expect(sent.map(\.node.rawValue) == ["node-2"])
        #expect(texts(sent) == ["one"])
        #expect(caller.results.isEmpty)
        links.answer(sent[0], .written)
        #expect(caller.results.map(\.isSuccess) == [true])
        #expect(caller.results.first?.node?.rawValue == "node-2")
        #expect(caller.tags == [7])
    }

    @Test("A client that is here is never looked for elsewhere, and one that nobody has is not connected")
    func localFirst() throws {
        let client = try test.connect("here")
        try directory.set("here", .to(.two, .max))
        #expect(try test.push("one", to: "here").outcome == .written)
        #expect(try test.push("one", to: "nobody").outcome == .notConnected)
        #expect(links.take().isEmpty)
        #expect(client.outlet.texts == ["one"])
    }

    @Test("The wrong node: the route is read anew, and the push sent once more, before those behind it")
    func retry() throws {
        try directory.set("a", .to(.two, 7))
        let callers = try ["one", "two"].map { try test.push($0, to: "a") }
        let first = links.take()
        links.sayWrongNode(first[0])
        // One of the two is still under way: neither the route nor the others move before it has landed.
        let third = try test.push("three", to: "a")
        #expect(links.take().isEmpty && directory.rereadCount == 0)
        links.sayWrongNode(first[1])
        #expect(directory.rereadCount == 1)
        let fourth = try test.push("four", to: "a")
        directory.answerReread(.success(try .to(.three, 9)))
        test.settle()
        let second = links.take()
        #expect(texts(second) == ["one", "two", "three", "four"])
        #expect(Set(second.map(\.push.generation.rawValue)) == [9])
        #expect(second.allSatisfy { $0.node.rawValue == "node-3" })
        for sent in second { links.answer(sent, .written, by: .three) }
        #expect((callers + [third, fourth]).map(\.outcome) == Array(repeating: .written, count: 4))
    }

    @Test("A push that came back, and behind which a later one has arrived, is not sent again: nothing is out of order")
    func overtaken() throws {
        for tellsFirst in [false, true] {
            try directory.set("a", .to(.two, 7))
            let callers = try ["one", "two", "three"].map { try test.push($0, to: "a") }
            let sent = links.take()
            // The client came back to the node that had just refused the first one.
            if tellsFirst { links.answer(sent[1], .written) }
            links.sayWrongNode(sent[0])
            if !tellsFirst { links.answer(sent[1], .written) }
            #expect(callers[0].outcome == .notConnected)
            #expect(callers[1].outcome == .written)
            links.sayWrongNode(sent[2])
            directory.answerReread(.success(try .to(.three, 9)))
            test.settle()
            let again = links.take()
            #expect(texts(again) == ["three"])
            for push in again { links.answer(push, .written, by: .three) }
            #expect(callers[2].outcome == .written)
        }
    }

    @Test("A second wrong node, the same one again, or none: not connected, and nothing is sent a third time")
    func oneRetry() throws {
        for route in [try RemoteRoute.to(.three, 9), try .to(.two, 7), nil] {
            try directory.set("a", .to(.two, 7))
            let caller = try test.push("one", to: "a")
            links.sayWrongNode(links.take()[0])
            directory.answerReread(.success(route))
            test.settle()
            for sent in links.take() { links.sayWrongNode(sent, by: .three) }
            #expect(caller.outcome == .notConnected)
            #expect(links.take().isEmpty && directory.rereadCount == 0)
        }
    }

    @Test("A push that came back from the wrong node is delivered here, if the client came here meanwhile")
    func movedHere() throws {
        try directory.set("a", .to(.two, 7))
        let caller = try test.push("one", to: "a")
        let sent = links.take()
        let client = try test.connect("a")
        let later = try test.push("two", to: "a")
        #expect(client.outlet.texts.isEmpty && later.results.isEmpty)
        links.sayWrongNode(sent[0])
        directory.answerReread(.success(nil))
        test.settle()
        #expect(client.outlet.texts == ["one", "two"])
        #expect(caller.outcome == .written && later.outcome == .written)
    }

    @Test("When the route changes, no push overtakes one that is still on the old way")
    func changedRoute() throws {
        try directory.set("a", .to(.two, 7))
        try test.push("one", to: "a")
        let old = links.take()
        try directory.set("a", .to(.three, 9))
        try test.push("two", to: "a")
        #expect(links.take().isEmpty)
        links.answer(old[0], .written)
        let new = links.take()
        #expect(texts(new) == ["two"] && new.map(\.node.rawValue) == ["node-3"])
    }

    @Test("A link that breaks: what was sent is unknown, what was not is unreachable, and never not connected")
    func lost() throws {
        try directory.set("a", .to(.two, 7))
        let sent = try test.push("one", to: "a")
        links.lose(.unknown("reset"))
        #expect(sent.outcome == .unknown && sent.results.map(\.isSuccess) == [false])
        let unsent = try test.push("two", to: "a")
        links.lose(.unsent("refused"))
        #expect(unsent.outcome == .unreachable)
        links.set(.unreachable("it is down"))
        #expect(try test.push("three", to: "a").outcome == .unreachable)
        links.set(.congested("it does not read"))
        #expect(try test.push("four", to: "a").outcome == .congested)
    }

    @Test("A late, repeated or strange answer changes nothing")
    func strayAnswers() throws {
        try directory.set("a", .to(.two, 7))
        let caller = try test.push("one", to: "a")
        let sent = links.take()
        links.answer(sent[0], .written, by: .three)
        #expect(caller.results.isEmpty)
        links.answer(sent[0], .written)
        links.answer(sent[0], .congested)
        links.sayWrongNode(sent[0])
        links.lose(.unknown("reset"))
        #expect(caller.results.count == 1)
        let next = try test.push("two", to: "a")
        links.answer(sent[0], .written)
        #expect(next.results.isEmpty)
    }

    @Test("A push that waits for more: written is no last word, and keeps what is behind it from waiting")
    func waits() throws {
        try directory.set("a", .to(.two, 7))
        let caller = try test.push("one", to: "a", waitFor: .applied, deadline: test.loop.now + .seconds(5))
        let sent = links.take()
        #expect(sent[0].push.waitFor == .applied && sent[0].push.patience == .seconds(5))
        #expect(!sent[0].push.message.rawValue.isEmpty)
        links.tellAwaiting(sent[0])
        try directory.set("a", .to(.three, 9))
        try test.push("two", to: "a")
        #expect(texts(links.take()) == ["two"])
        links.answer(sent[0], .received)
        #expect(caller.outcome == .received && caller.results.map(\.isSuccess) == [false])
    }

    @Test("Lost after it was written: written, without success")
    func lostAfterWritten() throws {
        try directory.set("a", .to(.two, 7))
        let caller = try test.push("one", to: "a", waitFor: .received)
        links.tellAwaiting(links.take()[0])
        links.lose(.unknown("reset"))
        #expect(caller.outcome == .written && caller.results.map(\.isSuccess) == [false])
    }

    @Test("What is held is bounded: beyond it, congested")
    func bounds() throws {
        try directory.set("a", .to(.two, 7))
        try test.push("one", to: "a")
        links.sayWrongNode(links.take()[0])
        var held = 1
        while try test.push("two", to: "a").outcome == nil { held += 1 }
        #expect(held == ForwardingLimits.heldPushesPerLoop)
        #expect(try test.push("two", to: "a").outcome == .congested)
        // What waits for the store's answer would keep the test's objects for ever.
        directory.answerReread(.success(nil))
    }

    @Test("The store cannot be asked: what came back is unreachable, and says why")
    func storeAway() throws {
        try directory.set("a", .to(.two, 7))
        let caller = try test.push("one", to: "a")
        links.sayWrongNode(links.take()[0])
        directory.answerReread(.failure(KeyValueError(.unavailable, "no leader")))
        test.settle()
        #expect(caller.outcome == .unreachable)
        #expect(caller.results.first?.detail.contains("no leader") == true)
    }

    @Test("A held push whose deadline passed is not sent any more")
    func deadline() throws {
        try directory.set("a", .to(.two, 7))
        try test.push("one", to: "a")
        links.sayWrongNode(links.take()[0])
        let caller = try test.push("two", to: "a", deadline: test.loop.now + .seconds(1))
        test.advance(by: .seconds(2))
        directory.answerReread(.success(try .to(.three, 9)))
        test.settle()
        #expect(texts(links.take()) == ["one"])
        #expect(caller.outcome == .unreachable)
    }
}
