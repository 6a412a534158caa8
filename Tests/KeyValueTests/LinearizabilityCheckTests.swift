import CrierCore
import KeyValueStoreContract
import Testing

private let key = StoreKey(StoreNamespace(constant: "room"), constant: "k")

/// A store that does one thing after the other, and what its clients were told; the tests bend it.
private struct Scenario {
    var operations: [RecordedHistory.Operation] = []
    var log: [StoreChangeSet] = []
    private var current: StoreEntry?
    private var tick: UInt64 = 0

    mutating func put(_ text: String, if condition: StoreCondition? = nil) {
        let revision = UInt64(log.count + 1)
        let entry = StoreEntry(
            key: key,
            value: .string(text),
            createRevision: current?.createRevision ?? revision,
            revision: revision,
            version: (current?.version ?? 0) + 1,
            updatedAt: 0
        )
        let position = StorePosition(epoch: 1, revision: revision)
        log.append(StoreChangeSet(position: position, changes: [.put(entry, previous: current)]))
        current = entry
        let guards = condition.map { [StoreTransaction.Guard(key, $0)] } ?? []
        add(
            .transact(StoreTransaction(if: guards, then: [.put(key, .string(text))])),
            .done(succeeded: true, changed: true, position: revision)
        )
    }

    mutating func read() {
        add(.read(key), .found(current, position: UInt64(log.count)))
    }

    mutating func add(_ action: RecordedHistory.Operation.Action, _ answer: RecordedHistory.Operation.Answer) {
        operations.append(RecordedHistory.Operation(action, answer, start: tick + 1, end: tick + 2))
        tick += 2
    }

    var history: RecordedHistory { RecordedHistory(operations: operations, base: 0, log: log) }
}

@Suite("LinearizabilityCheck")
struct LinearizabilityCheckTests {
    private let good: Scenario = {
        var scenario = Scenario()
        scenario.read()
        scenario.put("a", if: .absent)
        scenario.read()
        scenario.put("b", if: .revision(1))
        scenario.read()
        scenario.put("c")
        return scenario
    }()

    private func violation(_ history: RecordedHistory) -> LinearizabilityViolation.Kind? {
        do throws(LinearizabilityViolation) {
            try LinearizabilityCheck.check(history)
            return nil
        } catch {
            return error.kind
        }
    }

    private func changed(
        _ index: Int,
        answer: RecordedHistory.Operation.Answer? = nil,
        start: UInt64? = nil,
        end: UInt64? = nil
    ) -> RecordedHistory {
        var history = good.history
        let old = history.operations[index]
        history.operations[index] = RecordedHistory.Operation(
            old.action,
            answer ?? old.answer,
            start: start ?? old.start,
            end: end ?? old.end
        )
        return history
    }

    @Test("A history that happened one after the other is taken")
    func sequential() {
        #expect(violation(good.history) == nil)
    }

    @Test("A stale read is refused: it was asked after the newer write was answered")
    func staleRead() {
        let old = good.log[0].changes[0].entry
        #expect(violation(changed(4, answer: .found(old, position: 1))) == .order)
        // Asked while that write was still on its way, it may see the old entry.
        #expect(violation(changed(4, answer: .found(old, position: 1), start: 7)) == nil)
    }

    @Test("A read that says another value than its revision had is refused")
    func wrongRead() {
        let old = good.log[0].changes[0].entry
        #expect(violation(changed(4, answer: .found(old, position: 2))) == .read)
        #expect(violation(changed(4, answer: .found(nil, position: 2))) == .read)
    }

    @Test("A read from the future is refused: its write was not asked yet")
    func futureRead() {
        #expect(violation(changed(2, answer: .found(good.log[1].changes[0].entry, position: 2))) == .order)
    }

    @Test("A lost update is refused: two compare-and-swaps from the same revision both succeeded")
    func lostUpdate() {
        var scenario = good
        scenario.put("d", if: .revision(1))
        #expect(violation(scenario.history) == .transaction)
    }

    @Test("A guard that held, and was answered as if it did not, is refused")
    func wronglyRefused() {
        var scenario = good
        scenario.add(
            .transact(StoreTransaction(if: [.init(key, .present)], then: [.delete(key)])),
            .done(succeeded: false, changed: false, position: 3)
        )
        #expect(violation(scenario.history) == .transaction)
    }

    @Test("Writes in another order than they were answered in are refused")
    func reordered() {
        // The last put is answered before the others are asked.
        #expect(violation(changed(5, start: 0, end: 0)) == .order)
        // At the same time as them, any order is right.
        #expect(violation(changed(5, start: 0, end: 20)) == nil)
    }

    @Test("An acknowledged write that is not in the log is refused, and a gap in the log")
    func lostWrites() {
        var history = good.history
        history.log.removeLast()
        #expect(violation(history) == .attribution)
        history = good.history
        history.log.remove(at: 1)
        #expect(violation(history) == .brokenLog)
    }

    @Test("A change that nobody asked for is refused, and two writes that claim one revision")
    func attribution() {
        var history = good.history
        history.operations.remove(at: 5)
        #expect(violation(history) == .attribution)
        #expect(violation(changed(3, answer: .done(succeeded: true, changed: true, position: 1))) == .attribution)
    }

    @Test("A write whose answer was lost may have happened or not, but not twice and not before it was asked")
    func unknown() {
        #expect(violation(changed(5, answer: .unknown)) == nil)
        var history = changed(5, answer: .unknown)
        history.log.removeLast()
        #expect(violation(history) == nil)
        // It happened long after its client gave up: nothing has to come after it.
        var scenario = good
        scenario.read()
        history = scenario.history
        history.operations[5] = RecordedHistory.Operation(history.operations[5].action, .unknown, start: 1, end: 2)
        #expect(violation(history) == nil)
        // Its change is there before it was asked.
        history = changed(3, answer: .unknown, start: 20, end: 21)
        #expect(violation(history) == .order)
    }

    @Test("A refused write that is in the log is refused")
    func refusedButDone() {
        #expect(violation(changed(5, answer: .refused)) == .attribution)
    }

    @Test("A large history is judged in time that grows no faster than n log n")
    func large() {
        var scenario = Scenario()
        for index in 0..<20_000 {
            scenario.put("v\(index)")
            scenario.read()
        }
        #expect(violation(scenario.history) == nil)
    }
}
