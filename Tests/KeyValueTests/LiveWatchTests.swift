import CrierCore
import Synchronization
import Testing

private let room = StoreNamespace(constant: "live")

@Suite("A watch that is polled", .timeLimit(.minutes(10)))
struct LiveWatchTests {
    /// Counts how often a watch asked to be polled.
    private final class Bell: Sendable {
        private let rings = Mutex(0)
        var count: Int { rings.withLock { $0 } }
        func ring() { rings.withLock { $0 += 1 } }
    }

    @Test("It rings once when something comes after it had nothing, and then has it")
    func rings() async throws {
        let store = MemoryKeyValueStore()
        let bell = Bell()
        var watch = try await store.watch(StoreScope(room), after: nil).live
        #expect(watch.poll(orElse: bell.ring) == .waiting)
        let first = try await store.put(StoreKey(room, "k"), .integer(1))
        let second = try await store.put(StoreKey(room, "k"), .integer(2))
        #expect(bell.count == 1)
        #expect(position(watch.poll(orElse: bell.ring)) == first.position)
        #expect(position(watch.poll(orElse: bell.ring)) == second.position)
        #expect(watch.poll(orElse: bell.ring) == .waiting && bell.count == 1)
        store.close()
        #expect(bell.count == 2 && watch.poll(orElse: bell.ring) == .ended(.closed))
    }

    @Test("One that starts in the past is behind until it has caught up, and loses nothing")
    func behind() async throws {
        let store = MemoryKeyValueStore()
        let start = try await store.put(StoreKey(room, "k"), .integer(0)).position
        for number in 1...(3 * KeyValueLimits.watchPageChanges) {
            try await store.put(StoreKey(room, "k"), .integer(Int64(number)))
        }
        var watch = try await store.watch(StoreScope(room), after: start).live
        var revisions: [UInt64] = []
        var wasBehind = false
        reading: while true {
            switch watch.poll(orElse: {}) {
            case .event(let event): revisions.append(event.position.revision)
            case .behind:
                wasBehind = true
                await watch.catchUp()
            case .waiting, .ended: break reading
            }
        }
        let first = start.revision + 1
        #expect(wasBehind && revisions == Array(first..<first + UInt64(3 * KeyValueLimits.watchPageChanges)))
    }

    @Test("One that is not polled falls behind and costs no more, and catches up when it is polled again")
    func unread() async throws {
        let store = MemoryKeyValueStore()
        let bell = Bell()
        var watch = try await store.watch(StoreScope(room), after: nil).live
        #expect(watch.poll(orElse: bell.ring) == .waiting)
        let most = KeyValueLimits.watchBufferedChanges + 1
        for number in 1...most { try await store.put(StoreKey(room, "k"), .integer(Int64(number))) }
        #expect(bell.count == 1 && watch.poll(orElse: bell.ring) == .behind)
        await watch.catchUp()
        #expect(position(watch.poll(orElse: bell.ring))?.revision == 1)
    }

    @Test("After a snapshot it tells only what the snapshot has not shown")
    func snapshot() async throws {
        let store = MemoryKeyValueStore()
        for number in 0..<3 { try await store.put(StoreKey(room, "\(number)"), .integer(0)) }
        var snapshot = SnapshotWatch(store, StoreScope(room), pageEntries: 2).makeAsyncIterator()
        #expect(snapshot.live.map { _ in true } == nil)
        _ = try await snapshot.next()
        // The second page shows it.
        try await store.put(StoreKey(room, "2"), .integer(1))
        _ = try await snapshot.next()
        guard case .snapshotEnd? = try await snapshot.next() else {
            Issue.record("the snapshot does not end")
            return
        }
        var watch = try #require(snapshot.live)
        #expect(watch.poll(orElse: {}) == .waiting)
        let news = try await store.put(StoreKey(room, "2"), .integer(2))
        #expect(position(watch.poll(orElse: {})) == news.position)
    }

    private func position(_ poll: StoreWatchPoll) -> StorePosition? {
        if case .event(let event) = poll { event.position } else { nil }
    }
}
