import Testing

@testable import CrierClient

@Suite("Places", .timeLimit(.minutes(10)))
struct SlotsTests {
    @Test("A place that is given back goes to who waited first")
    func firstComeFirstServed() async {
        let slots = Slots(1)
        var held = await slots.take()
        #expect(held != nil)
        async let next = slots.take()
        held = nil
        #expect(await next != nil)
    }

    @Test("Who gives up waiting takes no place with it")
    func cancelled() async {
        let slots = Slots(1)
        var held = await slots.take()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await slots.take() == nil }
            group.cancelAll()
            #expect(await group.next() == true)
        }
        #expect(held != nil)
        held = nil
        #expect(await slots.take() != nil)
    }
}
