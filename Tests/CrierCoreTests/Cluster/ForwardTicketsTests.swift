import Testing

@testable import CrierCore

@Suite("The pushes of one loop that other nodes have")
struct ForwardTicketsTests {
    private let caller = TestCaller()

    private func push(to node: Incarnation = .two, tag: UInt64 = 0) throws -> ForwardedCall {
        let client = try ClientID(validating: "a")
        let route = try RemoteRoute.to(node, 7)
        let call = PushCall(terms: PushTerms(client: client), id: MessageID("m"), caller: caller, tag: tag)
        return ForwardedCall(call: call, flight: Flight(of: client, along: route), route: route, isRetry: false)
    }

    @Test("A tag gives back the push that it was made for, once, and never another one in its place")
    func once() throws {
        var tickets = ForwardTickets()
        let first = tickets.add(try push(tag: 1))
        #expect(tickets.take(first)?.call.tag == 1)
        #expect(tickets.take(first)?.call.tag == nil)
        let second = tickets.add(try push(tag: 2))
        #expect(tickets.take(first)?.call.tag == nil)
        #expect(tickets.isWritten(first, at: .two) == nil)
        #expect(tickets.take(second)?.call.tag == 2)
        #expect(tickets.count == 0)
    }

    @Test("Only the node that has a push can say something of it")
    func otherNode() throws {
        var tickets = ForwardTickets()
        let tag = tickets.add(try push(to: .two))
        #expect(tickets.isWritten(tag, at: .two) == false)
        #expect(tickets.isWritten(tag, at: .three) == nil)
        #expect(tickets.isWritten(tag + 1, at: .two) == nil)
    }

    @Test("A push that is written stays, and is known as written, until it is taken")
    func written() throws {
        var tickets = ForwardTickets()
        let push = try push()
        let flight = push.flight
        let tag = tickets.add(push)
        #expect(tickets.markWritten(tag) === flight)
        #expect(tickets.isWritten(tag, at: .two) == true)
        #expect(tickets.take(tag)?.isWritten == true)
        #expect(tickets.markWritten(tag)?.underWay == nil)
    }

    @Test("The pushes that a node has are listed in the order in which they were sent, whatever places they got")
    func order() throws {
        var tickets = ForwardTickets()
        var tags: [UInt64] = []
        for _ in 0..<4 { tags.append(tickets.add(try push(to: .two))) }
        _ = tickets.take(tags.removeFirst())
        _ = tickets.add(try push(to: .three))
        _ = tickets.take(tags.removeFirst())
        tags.append(tickets.add(try push(to: .two)))
        #expect(tickets.tags(of: .two) == tags)
    }

    @Test("The table is full with as many pushes as are allowed, and one that is taken makes room")
    func full() throws {
        var tickets = ForwardTickets()
        let push = try push()
        let first = tickets.add(push)
        for _ in 1..<ForwardingLimits.pushesPerLoop { _ = tickets.add(push) }
        #expect(tickets.isFull)
        _ = tickets.take(first)
        #expect(!tickets.isFull)
    }
}
