import CrierCore
import KeyValueStoreContract
import NIOCore
import Testing

private let room = StoreNamespace(constant: "expiry")
private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

@Suite("ExpirySchedule")
struct ExpiryScheduleTests {
    private func entry(_ name: String, _ expiry: StoreExpiry, revision: UInt64 = 1) throws -> StoreEntry {
        StoreEntry(
            key: try StoreKey(room, name),
            value: .bool(true),
            createRevision: 1,
            revision: revision,
            version: 1,
            updatedAt: 0,
            expiry: expiry
        )
    }

    private func lease(_ id: UInt64, _ milliseconds: Int64 = 5_000) -> StoreLease {
        StoreLease(id: StoreLease.ID(id), milliseconds: milliseconds)
    }

    @Test("An entry is due when its time is over, not a nanosecond earlier, and until it is finished")
    func entries() throws {
        var schedule = ExpirySchedule()
        let written = try entry("k", .after(milliseconds: 10))
        schedule.apply([.put(written, previous: nil)], now: start)
        let end = start + .milliseconds(10)
        #expect(schedule.nextDeadline == end)
        #expect(schedule.due(end - .nanoseconds(1)) == nil)
        let due = schedule.due(end)
        let ending = try #require(due)
        #expect(ending.lease == nil)
        #expect(ending.keys == [written.key])
        #expect(schedule.due(end) == ending)
        schedule.apply([.expire(written, revision: 2)], now: end)
        schedule.finish(ending)
        #expect(schedule.due(end) == nil)
        #expect(schedule.nextDeadline == nil)
    }

    @Test("A put that comes when the entry is due already saves it")
    func savedAtTheLastMoment() throws {
        var schedule = ExpirySchedule()
        let old = try entry("k", .after(milliseconds: 10))
        schedule.apply([.put(old, previous: nil)], now: start)
        let end = start + .milliseconds(10)
        #expect(schedule.due(end) != nil)
        let new = try entry("k", .after(milliseconds: 20), revision: 2)
        schedule.apply([.put(new, previous: old)], now: end)
        #expect(schedule.due(end) == nil)
        #expect(schedule.due(end + .milliseconds(20))?.keys == [new.key])
    }

    @Test("A shorter time counts at once, and no time at all lifts the expiry")
    func replacedTimes() throws {
        var schedule = ExpirySchedule()
        let long = try entry("k", .after(milliseconds: 1_000))
        let short = try entry("k", .after(milliseconds: 5), revision: 2)
        let endless = try entry("k", .never, revision: 3)
        schedule.apply([.put(long, previous: nil), .put(short, previous: long)], now: start)
        #expect(schedule.due(start + .milliseconds(5))?.keys == [short.key])
        schedule.apply([.put(endless, previous: short)], now: start)
        #expect(schedule.due(start + .hours(1)) == nil)
    }

    @Test("A change that keeps the expiry moves nothing")
    func kept() throws {
        var schedule = ExpirySchedule()
        let first = try entry("k", .after(milliseconds: 10))
        let second = try entry("k", .after(milliseconds: 10), revision: 2)
        schedule.apply([.put(first, previous: nil)], now: start)
        schedule.apply([.put(second, previous: first)], keeping: [first.key], now: start + .milliseconds(9))
        #expect(schedule.due(start + .milliseconds(10))?.keys == [first.key])
    }

    @Test("A lease ends with all of its entries, and not with those that left it")
    func leases() throws {
        var schedule = ExpirySchedule()
        let owner = lease(7)
        schedule.grant(owner, now: start)
        let stays = try ["b", "a"].map { try entry($0, .lease(owner.id)) }
        let leaves = try entry("c", .lease(owner.id))
        schedule.apply((stays + [leaves]).map { .put($0, previous: nil) }, now: start)
        schedule.apply([.put(try entry("c", .never, revision: 2), previous: leaves)], now: start)
        let due = schedule.due(start + .milliseconds(5_000))
        let ending = try #require(due)
        #expect(ending.lease == owner.id)
        #expect(ending.keys.map(\.key) == ["a", "b"])
        #expect(schedule.revocation(of: owner) == ending)
        schedule.finish(ending)
        #expect(throws: KeyValueError.self) { try schedule.lease(owner.id) }
        #expect(schedule.nextDeadline == nil)
    }

    @Test("A renewal gives the whole time from then on, also to a lease that is due")
    func renewal() throws {
        var schedule = ExpirySchedule()
        schedule.grant(lease(7), now: start)
        #expect(schedule.due(start + .milliseconds(5_000)) != nil)
        let renewed = try schedule.renew(StoreLease.ID(7), now: start + .milliseconds(6_000))
        #expect(renewed == lease(7))
        #expect(schedule.due(start + .milliseconds(10_999)) == nil)
        #expect(schedule.due(start + .milliseconds(11_000)) != nil)
        #expect(throws: KeyValueError.self) { try schedule.renew(StoreLease.ID(8), now: start) }
    }

    @Test("What was there before a restart has its whole time again")
    func restored() throws {
        var schedule = ExpirySchedule()
        schedule.grant(lease(7), now: start)
        schedule.restore(try entry("leased", .lease(StoreLease.ID(7))), now: start)
        schedule.restore(try entry("timed", .after(milliseconds: 10)), now: start)
        #expect(schedule.due(start + .milliseconds(9)) == nil)
        #expect(schedule.due(start + .milliseconds(10))?.keys.map(\.key) == ["timed"])
        #expect(schedule.revocation(of: lease(7)).keys.map(\.key) == ["leased"])
    }

    @Test("Many entries end in slices, each once")
    func slices() throws {
        var schedule = ExpirySchedule()
        let count = 2 * KeyValueLimits.expirySliceEntries + 1
        for index in 0..<count {
            schedule.apply([.put(try entry("k\(index)", .after(milliseconds: 1)), previous: nil)], now: start)
        }
        var ended: [StoreKey] = []
        while let ending = schedule.due(start + .milliseconds(1)) {
            #expect(ending.keys.count <= KeyValueLimits.expirySliceEntries)
            #expect(ending.keys == ending.keys.sorted())
            ended += ending.keys
            schedule.finish(ending)
        }
        #expect(ended.count == count && Set(ended).count == count)
    }

    @Test("A lease's time is checked, and there are only so many leases")
    func grants() throws {
        var schedule = ExpirySchedule()
        for milliseconds in [Int64.min, 0, 1_999, 86_400_001, .max] {
            #expect { try schedule.checkGrant(milliseconds: milliseconds) } throws: { error in
                (error as? KeyValueError)?.code == .invalid && "\(error)".contains("from 2000 to 86400000 ms")
            }
        }
        for id in 1...KeyValueLimits.leases { schedule.grant(lease(UInt64(id)), now: start) }
        #expect { try schedule.checkGrant(milliseconds: 2_000) } throws: { error in
            (error as? KeyValueError)?.code == .quota
        }
    }

    @Test("Whatever is put, renewed and deleted, everything ends in time, and nothing early")
    func model() throws {
        var random = SeededGenerator(state: 99)
        var schedule = ExpirySchedule()
        var deadlines: [StoreKey: NIODeadline] = [:]
        var current: [StoreKey: StoreEntry] = [:]
        var now = start
        for revision in 1...20_000 {
            now = now + .milliseconds(Int64.random(in: 0...3, using: &random))
            let milliseconds = Int64.random(in: 1...100, using: &random)
            let new = try entry(
                "k\(Int.random(in: 0..<50, using: &random))",
                .after(milliseconds: milliseconds),
                revision: UInt64(revision)
            )
            let old = current[new.key]
            if let old, Bool.random(using: &random) {
                schedule.apply([.delete(old, revision: UInt64(revision))], now: now)
                (current[new.key], deadlines[new.key]) = (nil, nil)
            } else {
                schedule.apply([.put(new, previous: old)], now: now)
                (current[new.key], deadlines[new.key]) = (new, now + .milliseconds(milliseconds))
            }
            if let next = deadlines.values.min() { #expect(try #require(schedule.nextDeadline) <= next) }
            guard Int.random(in: 0..<5, using: &random) == 0 else { continue }
            let expected = deadlines.filter { $0.value <= now }.keys.sorted()
            let ending = schedule.due(now)
            #expect(ending?.keys ?? [] == expected)
            schedule.apply(expected.map { .expire(current[$0]!, revision: UInt64(revision)) }, now: now)
            if let ending { schedule.finish(ending) }
            for key in expected { (current[key], deadlines[key]) = (nil, nil) }
        }
    }
}
