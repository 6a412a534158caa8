import CrierCore
import Testing

/// The next `count` change sets; bookmarks between them are passed over.
func changes(_ iterator: inout StoreWatch.Iterator, _ count: Int) async throws -> [StoreChangeSet] {
    var sets: [StoreChangeSet] = []
    while sets.count < count, let event = try await iterator.next() {
        if case .changes(let set) = event { sets.append(set) }
    }
    return sets
}

let watchPromises = [
    StorePromise("A watch hears what happens after it began, with old and new value") { store in
        try await store.put(key("before"), .integer(0))
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let first = try await store.put(key("k"), .integer(1))
        let second = try await store.put(key("k"), .integer(2))
        try await store.delete(key("k"))
        let sets = try await changes(&watch, 3)
        #expect(sets.flatMap(\.changes).map(\.kind) == [.put, .put, .delete])
        #expect(sets[0].changes == [.put(first.entry, previous: nil)])
        #expect(sets[1].changes == [.put(second.entry, previous: first.entry)])
        #expect(sets[2].changes.first?.previous == second.entry)
        #expect(sets[2].changes.first?.entry == nil)
    },
    StorePromise("All changes of one revision come together") { store in
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let writes = try (0..<50).map { StoreWrite.put(try key("k\($0)"), .integer(1)) }
        try await store.transact(StoreTransaction(then: writes))
        let sets = try await changes(&watch, 1)
        #expect(sets.first?.changes.count == 50)
    },
    StorePromise("A watch hears only of its scope") { store in
        var watch = try await store.watch(StoreScope(room, prefix: "a/"), after: nil).makeAsyncIterator()
        try await store.put(key("b"), .integer(1))
        try await store.put(StoreKey(StoreNamespace(constant: "other"), "a/1"), .integer(1))
        try await store.transact(StoreTransaction(then: [.put(key("a/1"), .integer(1)), .put(key("c"), .integer(1))]))
        let sets = try await changes(&watch, 1)
        #expect(sets.flatMap(\.changes).map(\.key.key) == ["a/1"])
    },
    StorePromise("A watch resumes at every position without a gap or a repeat") { store in
        var position = try await store.get(key("k")).position
        var positions = [position]
        for index in 0..<20 {
            position = try await store.put(key("k\(index % 3)"), .integer(Int64(index))).position
            positions.append(position)
        }
        for (index, start) in positions.enumerated() {
            var watch = try await store.watch(StoreScope(room), after: start).makeAsyncIterator()
            let sets = try await changes(&watch, 20 - index)
            #expect(sets.map(\.position) == Array(positions[(index + 1)...]))
        }
    },
    StorePromise("A reader that lags far behind misses nothing") { store in
        let base = try await store.get(key("k")).position.revision
        let watch = try await store.watch(StoreScope(room), after: nil)
        let total = KeyValueLimits.watchBufferedChanges + 2_500
        for batch in 0..<(total / 100) {
            let writes = try (0..<100).map { StoreWrite.put(try key("k\($0)"), .integer(Int64(batch))) }
            try await store.transact(StoreTransaction(then: writes))
        }
        var iterator = watch.makeAsyncIterator()
        let sets = try await changes(&iterator, total / 100)
        #expect(sets.map(\.position.revision) == (1...UInt64(total / 100)).map { base + $0 })
        #expect(sets.allSatisfy { $0.changes.count == 100 })
        let last = try await store.put(key("last"), .bool(true))
        #expect(try await changes(&iterator, 1).first?.position == last.position)
    },
    StorePromise("A watch from another epoch or from the future is refused") { store in
        let here = try await store.put(key("k"), .integer(1)).position
        for start in [
            StorePosition(epoch: here.epoch ^ 1, revision: 0),
            StorePosition(epoch: here.epoch, revision: here.revision + 1),
        ] {
            await expectRefusal(.epochChanged) { () async throws(KeyValueError) in
                try await store.watch(StoreScope(room), after: start)
            }
        }
    },
    StorePromise("Cancelling the reader ends the watch") { store in
        let watch = try await store.watch(StoreScope(room), after: nil)
        let reader = Task { try await watch.reduce(into: 0) { count, _ in count += 1 } }
        reader.cancel()
        #expect(try await reader.value == 0)
    },
    StorePromise("Many writers, one watcher: every revision once, in order") { store in
        let base = try await store.get(key("k")).position.revision
        var watch = try await store.watch(.everything, after: nil).makeAsyncIterator()
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<20 {
                group.addTask {
                    for round in 0..<10 { _ = try? await store.put(key("w\(writer)"), .integer(Int64(round))) }
                }
            }
        }
        let sets = try await changes(&watch, 200)
        #expect(sets.map(\.position.revision) == (1...200).map { base + $0 })
    },
]
