import CrierCore
import Testing

private let room = StoreNamespace(constant: "feed")

@Suite("ChangeFeed")
struct ChangeFeedTests {
    @Test("A watcher that lagged beyond the log hears that it was compacted, and nothing wrong before")
    func compaction() async throws {
        let store = MemoryKeyValueStore(retainedRevisions: 10)
        let start = try await store.put(StoreKey(room, "k"), .integer(0)).position
        for value in 1...30 { try await store.put(StoreKey(room, "k"), .integer(Int64(value))) }
        await #expect(throws: KeyValueError.self) { try await store.watch(.everything, after: start) }
    }

    @Test("An idle watcher hears where the store is")
    func progress() async throws {
        let store = MemoryKeyValueStore()
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let other = try await store.put(StoreKey(StoreNamespace(constant: "elsewhere"), "k"), .integer(1))
        store.announceProgress()
        #expect(try await watch.next() == .progress(other.position))
    }

    @Test("A bookmark never overtakes a change that still waits to be read")
    func progressStaysBehindChanges() async throws {
        let store = MemoryKeyValueStore()
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        store.announceProgress()
        let change = try await store.put(StoreKey(room, "k"), .integer(1))
        store.announceProgress()
        var positions: [UInt64] = []
        while positions.last != change.position.revision, let event = try await watch.next() {
            positions.append(event.position.revision)
            if case .changes = event { break }
        }
        #expect(positions == positions.sorted())
    }

    @Test("Closing the store ends a watch after what was queued, and says why")
    func closing() async throws {
        let store = MemoryKeyValueStore()
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let change = try await store.put(StoreKey(room, "k"), .integer(1))
        store.close()
        #expect(try await watch.next()?.position == change.position)
        await #expect(throws: StoreReset.closed) { _ = try await watch.next() }
    }
}
