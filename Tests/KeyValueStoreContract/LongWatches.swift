import CrierCore
import Testing

let longWatchPromises = [
    StorePromise("A watcher that reads 100,000 changes while they happen gets each once, in order") { store in
        let start = try await store.get(key("k")).position
        let watch = try await store.watch(StoreScope(room), after: start)
        let reading = Task {
            var sets: [(UInt64, Int)] = []
            var iterator = watch.makeAsyncIterator()
            while sets.count < 1_000 {
                for set in try await changes(&iterator, 1) { sets.append((set.position.revision, set.changes.count)) }
            }
            return sets
        }
        for round in 0..<1_000 {
            let writes = try (0..<100).map { StoreWrite.put(try key("k\($0)"), .integer(Int64(round))) }
            try await store.transact(StoreTransaction(then: writes))
        }
        let sets = try await reading.value
        #expect(sets.map(\.0) == (1...1_000).map { start.revision + $0 })
        #expect(sets.allSatisfy { $0.1 == 100 })
    },
    StorePromise("One revision with 10,000 changes comes whole: to who waits, and to who comes later") { store in
        for start in stride(from: 0, to: KeyValueLimits.prefixDeletionKeys, by: 100) {
            let writes = try (start..<start + 100).map { StoreWrite.put(try key("k\($0)"), .integer(1)) }
            try await store.transact(StoreTransaction(then: writes))
        }
        let before = try await store.put(key("other"), .bool(true)).position
        var waiting = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        #expect(try await store.delete(room, prefix: "k") == KeyValueLimits.prefixDeletionKeys)
        try await store.put(key("last"), .bool(true))
        var late = try await store.watch(StoreScope(room), after: before).makeAsyncIterator()
        let sets = try await changes(&waiting, 2)
        #expect(sets.map(\.changes.count) == [KeyValueLimits.prefixDeletionKeys, 1])
        #expect(try await changes(&late, 2) == sets)
        #expect(Set(sets[0].changes.map(\.key)).count == KeyValueLimits.prefixDeletionKeys)
    },
    StorePromise("A prefix of one key more than the limit is not deleted, and nothing of it is") { store in
        let count = KeyValueLimits.prefixDeletionKeys + 100
        for start in stride(from: 0, to: count, by: 100) {
            let writes = try (start..<start + 100).map { StoreWrite.put(try key("k\($0)"), .integer(1)) }
            try await store.transact(StoreTransaction(then: writes))
        }
        await expectRefusal(.tooLarge) { () async throws(KeyValueError) in try await store.delete(room, prefix: "k") }
        #expect(try await store.statistics(of: room).usage.keys == count)
    },
    StorePromise("Watches of many scopes at once each hear what is theirs") { store in
        let scopes = [
            StoreScope.everything, StoreScope(room), StoreScope(room, prefix: "a"), StoreScope(room, prefix: "a1"),
        ]
        var watches: [(StoreScope, StoreWatch.Iterator)] = []
        for scope in scopes {
            for _ in 0..<3 { watches.append((scope, try await store.watch(scope, after: nil).makeAsyncIterator())) }
        }
        var all: [StoreChange] = []
        for index in 0..<50 {
            let writes = try ["a\(index % 3)", "b\(index)"].map { StoreWrite.put(try key($0), .integer(1)) }
            all += try await store.transact(StoreTransaction(then: writes)).changes
        }
        for (scope, watch) in watches {
            var watch = watch
            let expected = all.filter { scope.contains($0.key) }
            var heard: [StoreChange] = []
            while heard.count < expected.count { heard += try await changes(&watch, 1).flatMap(\.changes) }
            #expect(heard == expected)
        }
    },
    StorePromise("A list whose pages are read while others write, and a watch from its position, end at the same state")
    {
        store in
        for index in 0..<200 { try await store.put(key("k\(index)"), .integer(0)) }
        let writing = Task {
            for round in 1...500 {
                let name = try key("k\(round * 13 % 220)")
                if round % 4 == 0 {
                    try await store.delete(name)
                } else {
                    try await store.put(name, .integer(Int64(round)))
                }
            }
            return try await store.put(key("z"), .bool(true)).position
        }
        var held: [StoreKey: StoreEntry] = [:]
        var watch = SnapshotWatch(store, StoreScope(room), pageEntries: 7).makeAsyncIterator()
        var isListed = false
        while try !isListed || held[key("z")] == nil, let event = try await watch.next() {
            switch event {
            case .entries(let entries): for entry in entries { held[entry.key] = entry }
            case .changes(let set): for change in set.changes { held[change.key] = change.entry }
            case .snapshotEnd: isListed = true
            case .progress: break
            case .reset(let reset): Issue.record("\(reset)")
            }
        }
        _ = try await writing.value
        var listed: [StoreKey: StoreEntry] = [:]
        try await store.forEach(in: StoreScope(room)) { listed[$0.key] = $0 }
        #expect(held == listed)
    },
    StorePromise(
        "A watcher that waits hears where the store is, and from there on nothing is missing", needs: [.bookmarks]
    ) {
        let store = $0.store
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let elsewhere = try await store.put(StoreKey(StoreNamespace(constant: "elsewhere"), "k"), .bool(true))
        try await $0.announce()
        #expect(try await watch.next() == .progress(elsewhere.position))
        let next = try await store.put(key("k"), .bool(true)).position
        var resumed = try await store.watch(StoreScope(room), after: elsewhere.position).makeAsyncIterator()
        #expect(try await changes(&resumed, 1).map(\.position) == [next])
        #expect(try await changes(&watch, 1).map(\.position) == [next])
    },
    StorePromise("Closing the store ends a watch, and says so", needs: [.reopening]) {
        let driver = $0
        var watch = try await driver.store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let change = try await driver.store.put(key("k"), .bool(true)).position
        await driver.close()
        #expect(try await changes(&watch, 1).map(\.position) == [change])
        await #expect(throws: StoreReset.closed) { _ = try await watch.next() }
    },
]
