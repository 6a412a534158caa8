import CrierCore
import CrierStorage
import Testing

private let room = StoreNamespace(constant: "room")

@Suite("Expiry in SQLite")
struct ExpiryAtRestTests {
    private let harness: StoreHarness

    init() throws { harness = try StoreHarness() }

    private func key(_ name: String) throws -> StoreKey { try StoreKey(room, name) }

    @Test("After a restart an entry has its whole time again, and reads say so")
    func ownExpiry() async throws {
        let first = try harness.open()
        let written = try await first.put(key("k"), .integer(1), expiry: .after(milliseconds: 10_000))
        #expect(written.entry.expiresAt == 1_010_000)
        harness.timer.advance(milliseconds: 9_000)
        await first.close()

        harness.setWallClock(1_009_000)
        let second = try harness.open()
        #expect(try await second.get(key("k")).entry?.expiresAt == 1_019_000)
        var watch = try await second.watch(StoreScope(room), after: nil).makeAsyncIterator()
        harness.timer.advance(milliseconds: 9_999)
        await second.housekeep()
        #expect(try await second.get(key("k")).entry != nil)
        harness.timer.advance(milliseconds: 1)
        await second.housekeep()
        let changes = try await second.nextChanges(&watch)
        #expect(changes.map(\.kind) == [.expire])
        #expect(changes.first?.previous?.value == .integer(1))
        #expect(try await second.get(key("k")).entry == nil)
        await second.close()

        let third = try harness.open()
        #expect(try await third.get(key("k")).entry == nil)
        #expect(try await third.history(of: key("k"), limit: 5).changes.map(\.kind) == [.expire, .put])
        await third.close()
    }

    @Test("After a restart a lease has its whole time again, and its entries go with it at one revision")
    func lease() async throws {
        let first = try harness.open()
        let lease = try await first.grantLease(milliseconds: 5_000)
        try await first.put(key("a"), .integer(1), expiry: .lease(lease.id))
        try await first.put(key("b"), .integer(2), expiry: .lease(lease.id))
        harness.timer.advance(milliseconds: 4_999)
        await first.close()

        let second = try harness.open()
        var watch = try await second.watch(StoreScope(room), after: nil).makeAsyncIterator()
        harness.timer.advance(milliseconds: 4_999)
        #expect(try await second.renewLease(lease.id) == lease)
        harness.timer.advance(milliseconds: 4_999)
        await second.housekeep()
        #expect(try await second.get(key("a")).entry != nil)
        harness.timer.advance(milliseconds: 1)
        await second.housekeep()
        let changes = try await second.nextChanges(&watch)
        #expect(changes.map(\.kind) == [.expire, .expire])
        #expect(Set(changes.map(\.revision)).count == 1)
        await #expect(throws: KeyValueError.self) { try await second.renewLease(lease.id) }
        await second.close()

        let third = try harness.open()
        await #expect(throws: KeyValueError.self) { try await third.renewLease(lease.id) }
        await third.close()
    }

    @Test("More entries than one slice arms are all there to be revoked directly after the start")
    func arming() async throws {
        let count = 4_500
        let first = try harness.open()
        let lease = try await first.grantLease(milliseconds: 5_000)
        for start in stride(from: 0, to: count, by: 100) {
            let writes = try (start..<start + 100)
                .map { index in
                    StoreWrite.put(try key("k\(index)"), .integer(Int64(index)), .lease(lease.id))
                }
            try await first.transact(StoreTransaction(then: writes))
        }
        await first.close()
        let second = try harness.open()
        try await second.revokeLease(lease.id)
        #expect(try await second.statistics(of: room).usage.keys == 0)
        await second.close()
    }

    @Test("An increment after a restart keeps the time that the entry has then")
    func increment() async throws {
        let first = try harness.open()
        try await first.put(key("k"), .integer(1), expiry: .after(milliseconds: 10_000))
        await first.close()
        harness.setWallClock(5_000_000)
        let second = try harness.open()
        let sum = try await second.increment(key("k"))
        #expect(sum.entry.expiry == .after(milliseconds: 10_000))
        #expect(sum.entry.expiresAt == 5_010_000)
        await second.close()
    }
}
