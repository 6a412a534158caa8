import CrierCore
import Testing

@testable import crier

@Suite("The count of starts")
struct BootCountTests {
    private static let count = StoreKey(StoreNamespace(constant: "_node"), constant: "boots")
    /// 2026-01-01 and ten days.
    private let clock = WallClock { 1_767_225_600_000 + 10 * 86_400_000 }

    /// What a restore makes of a store: its entries, under another epoch.
    private func restored(_ store: MemoryKeyValueStore, epoch: UInt64) async throws -> MemoryKeyValueStore {
        let copy = MemoryKeyValueStore(epoch: epoch)
        for entry in try await store.list(StoreListRequest(.everything)).entries {
            try await copy.put(entry.key, entry.value)
        }
        return copy
    }

    @Test("Every start has the next number")
    func counts() async throws {
        let store = MemoryKeyValueStore(epoch: 5)
        for number in 1...3 as ClosedRange<UInt64> {
            #expect(try await BootCount.next(in: store, clock: clock) == number)
        }
    }

    @Test("After a restore no number comes again: the count goes on beyond every start that can have been, then by one")
    func restore() async throws {
        let backup = MemoryKeyValueStore(epoch: 5)
        _ = try await BootCount.next(in: backup, clock: clock)
        let first = try await restored(backup, epoch: 6)
        let number = try await BootCount.next(in: first, clock: clock)
        #expect(number == 10 * 24 * 60 + 1_000)
        #expect(try await BootCount.next(in: first, clock: clock) == number + 1)
        // The same backup again, an hour later.
        let later = WallClock { 1_767_225_600_000 + 10 * 86_400_000 + 3_600_000 }
        let second = try await BootCount.next(in: restored(backup, epoch: 7), clock: later)
        #expect(second == number + 60)
    }

    @Test("A count that is ahead of the minutes is left behind, too, and a restore carries over what it replaces")
    func ahead() async throws {
        let backup = MemoryKeyValueStore(epoch: 5)
        try await backup.put(Self.count, .integer(500_000))
        #expect(try await BootCount.next(in: restored(backup, epoch: 6), clock: clock) == 501_000)
        let again = try await restored(backup, epoch: 7)
        try await BootCount.carry(501_003, to: again)
        try await BootCount.carry(7, to: again)
        #expect(try await BootCount.current(in: again) == 501_003)
        #expect(try await BootCount.next(in: again, clock: clock) == 502_003)
    }

    @Test("A clock that was set back lowers nothing")
    func wrongClock() async throws {
        let store = MemoryKeyValueStore(epoch: 5)
        try await store.put(Self.count, .integer(900_000))
        #expect(try await BootCount.next(in: store, clock: WallClock { 0 }) == 901_000)
    }

    @Test("What is no count, or used up, is a clear refusal and changes nothing")
    func refusals() async throws {
        for value in [StoreValue.string("many"), .integer(-1), .integer(1 << 24 - 1)] {
            let store = MemoryKeyValueStore(epoch: 5)
            try await store.put(Self.count, value)
            let error = await #expect(throws: StartError.self) { try await BootCount.next(in: store, clock: clock) }
            #expect(error?.description.isEmpty == false)
            #expect(try await store.get(Self.count).entry?.value == value)
        }
    }
}
