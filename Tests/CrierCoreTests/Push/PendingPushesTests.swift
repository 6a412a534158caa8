import Testing

@testable import CrierCore

@Suite struct PendingPushesTests {
    @Test("A ticket gives back the caller and tag that it was taken for, in any order")
    func givesBack() throws {
        var pending = PendingPushes()
        let callers = (0..<10).map { _ in TestCaller() }
        var tickets = try callers.enumerated()
            .map { ($0, try #require(pending.add(try call($1, tag: UInt64($0)), kind: .crossing))) }
        tickets.shuffle()
        for (place, ticket) in tickets {
            let call = pending.take(ticket)
            #expect(call.caller === callers[place] && call.tag == UInt64(place))
        }
        #expect(pending.count == 0)
    }

    @Test("Each kind has its own budget, and a ticket that comes back makes room")
    func budgets() throws {
        var pending = PendingPushes()
        let call = try call(TestCaller(), tag: 0)
        let tickets = (0..<Limits.waitingPushesPerLoop).compactMap { _ in pending.add(call, kind: .waiting) }
        #expect(tickets.count == Limits.waitingPushesPerLoop)
        #expect(pending.add(call, kind: .waiting) == nil)
        let crossing = pending.add(call, kind: .crossing)
        #expect(crossing != nil)
        _ = pending.take(tickets[7])
        #expect(pending.add(call, kind: .waiting) == tickets[7])
    }

    private func call(_ caller: TestCaller, tag: UInt64) throws -> PushCall {
        let terms = PushTerms(client: try ClientID(validating: "client"))
        return PushCall(terms: terms, id: MessageID("m"), caller: caller, tag: tag)
    }
}
