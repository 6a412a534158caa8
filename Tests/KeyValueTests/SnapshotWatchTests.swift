import CrierCore
import Synchronization
import Testing

private let room = StoreNamespace(constant: "snapshot")

@Suite("SnapshotWatch", .timeLimit(.minutes(10)))
struct SnapshotWatchTests {
    @Test("Entries in order, the end with the position of the first page, then every change")
    func order() async throws {
        let store = MemoryKeyValueStore()
        for name in ["c", "a", "b"] { try await store.put(StoreKey(room, name), .string(name)) }
        var watch = SnapshotWatch(store, StoreScope(room), pageEntries: 2).makeAsyncIterator()
        #expect(try await keys(watch.next()) == ["a", "b"])
        #expect(try await keys(watch.next()) == ["c"])
        #expect(try await watch.next()?.endRevision == 3)
        let change = try await store.put(StoreKey(room, "d"), .integer(1))
        #expect(try await watch.next() == .changes(set(change)))
    }

    @Test("An empty store has an end, too")
    func empty() async throws {
        let store = MemoryKeyValueStore()
        var watch = SnapshotWatch(store, StoreScope(room)).makeAsyncIterator()
        #expect(try await watch.next()?.endRevision == 0)
        let change = try await store.put(StoreKey(room, "k"), .integer(1))
        #expect(try await watch.next() == .changes(set(change)))
    }

    @Test("A change that a later page has shown already is not told again; what is newer is")
    func newerThanShown() async throws {
        let store = MemoryKeyValueStore()
        for name in ["a", "b"] { try await store.put(StoreKey(room, name), .integer(0)) }
        var watch = SnapshotWatch(store, StoreScope(room), pageEntries: 1).makeAsyncIterator()
        #expect(try await keys(watch.next()) == ["a"])
        // Between two pages: b changes twice, so the second page shows revision 4; a and c only the watch tells.
        try await store.put(StoreKey(room, "b"), .integer(1))
        try await store.put(StoreKey(room, "b"), .integer(2))
        let a = try await store.transact(
            StoreTransaction(then: [.put(StoreKey(room, "a"), .integer(9)), .put(StoreKey(room, "b"), .integer(3))])
        )
        let second = try await watch.next()
        #expect(try keys(second) == ["b"])
        #expect(try await watch.next()?.endRevision == 2)
        let expected = a.changes.filter { $0.key.key == "a" }
        #expect(try await watch.next() == .changes(StoreChangeSet(position: a.position, changes: expected)))
        let last = try await store.put(StoreKey(room, "b"), .integer(4))
        #expect(try await watch.next() == .changes(set(last)))
    }

    @Test("Applied in order, it is what a list says, however much is written meanwhile")
    func convergence() async throws {
        let store = MemoryKeyValueStore()
        for index in 0..<100 { try await store.put(StoreKey(room, "k\(index)"), .integer(0)) }
        let writing = Task {
            for round in 0..<2_000 {
                let key = try StoreKey(room, "k\(round * 7 % 120)")
                if round % 3 == 0 {
                    try await store.delete(key)
                } else {
                    try await store.put(key, .integer(Int64(round)))
                }
            }
            return try await store.put(StoreKey(room, "last"), .bool(true)).position
        }
        var held: [StoreKey: StoreEntry] = [:]
        var watch = SnapshotWatch(store, StoreScope(room), pageEntries: 3).makeAsyncIterator()
        reading: while let event = try await watch.next() {
            switch event {
            case .entries(let entries): for entry in entries { held[entry.key] = entry }
            case .changes(let set):
                for change in set.changes { held[change.key] = change.entry }
                if held[try StoreKey(room, "last")] != nil { break reading }
            case .snapshotEnd:
                if held[try StoreKey(room, "last")] != nil { break reading }
            case .progress: break
            case .reset(let reset): Issue.record("reset: \(reset)")
            }
        }
        _ = try await writing.value
        var listed: [StoreKey: StoreEntry] = [:]
        try await store.forEach(in: StoreScope(room)) { listed[$0.key] = $0 }
        #expect(held == listed)
    }

    @Test("A reset is the last event")
    func reset() async throws {
        let store = MemoryKeyValueStore()
        var watch = SnapshotWatch(store, StoreScope(room)).makeAsyncIterator()
        _ = try await watch.next()
        store.close()
        #expect(try await watch.next() == .reset(.closed))
        #expect(try await watch.next() == nil)
    }

    @Test("A cancelled reader gets nil")
    func cancellation() async throws {
        let store = MemoryKeyValueStore()
        let reader = Task {
            var count = 0
            for try await _ in SnapshotWatch(store, StoreScope(room)) { count += 1 }
            return count
        }
        reader.cancel()
        #expect(try await reader.value <= 1)
    }

    private func keys(_ event: SnapshotWatch.Event?) throws -> [String] {
        guard case .entries(let entries)? = event else { return [] }
        return entries.map(\.key.key)
    }

    private func set(_ written: StoreWritten) -> StoreChangeSet {
        StoreChangeSet(position: written.position, changes: [.put(written.entry, previous: written.previous)])
    }
}

extension SnapshotWatch.Event {
    fileprivate var endRevision: UInt64? {
        if case .snapshotEnd(let position) = self { return position.revision }
        return nil
    }
}
