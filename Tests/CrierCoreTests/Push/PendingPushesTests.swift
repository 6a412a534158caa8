import Testing

@testable import CrierCore

@Suite struct PendingPushesTests {
    @Test("A ticket gives back the caller and tag that it was taken for, in any order")
    func givesBack() {
        var pending = PendingPushes()
        let callers = (0..<10).map { _ in TestCaller() }
        var tickets = callers.enumerated().map { ($0, pending.add($1, tag: UInt64($0), kind: .crossing)!) }
        tickets.shuffle()
        for (place, ticket) in tickets {
            let (caller, tag) = pending.take(ticket)
            #expect(caller === callers[place] && tag == UInt64(place))
        }
        #expect(pending.count == 0)
    }

    @Test("Each kind has its own budget, and a ticket that comes back makes room")
    func budgets() {
        var pending = PendingPushes()
        let caller = TestCaller()
        let tickets = (0..<Limits.waitingPushesPerLoop).compactMap { _ in pending.add(caller, tag: 0, kind: .waiting) }
        #expect(tickets.count == Limits.waitingPushesPerLoop)
        #expect(pending.add(caller, tag: 0, kind: .waiting) == nil)
        let crossing = pending.add(caller, tag: 1, kind: .crossing)
        #expect(crossing != nil)
        _ = pending.take(tickets[7])
        #expect(pending.add(caller, tag: 0, kind: .waiting) == tickets[7])
    }
}
