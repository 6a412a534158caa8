import CrierCore
import Testing

let pastPromises = [
    StorePromise("Every entry can be read as it was at every revision") { store in
        var moments = [(try await store.get(key("k0")).position.revision, [StoreKey: StoreEntry]())]
        for index in 0..<60 {
            let name = try key("k\(index % 4)")
            var entries = moments[moments.count - 1].1
            if index % 5 == 4 {
                try await store.delete(name)
                entries[name] = nil
            } else {
                entries[name] = try await store.put(name, .integer(Int64(index))).entry
            }
            moments.append((try await store.get(name).position.revision, entries))
        }
        let now = try await store.get(key("k0")).position
        for (revision, entries) in moments {
            for index in 0..<4 {
                let read = try await store.get(key("k\(index)"), at: revision)
                #expect(try read == StoreRead(entry: entries[key("k\(index)")], position: now), "at \(revision)")
            }
        }
    },
    StorePromise("What one transaction did to a key is whole at its revision, and not there before") { store in
        let written = try await store.transact(
            StoreTransaction(then: [.put(key("a"), .integer(1)), .put(key("b"), .integer(2))])
        )
        let deleted = try await store.transact(StoreTransaction(then: [.delete(key("b")), .delete(key("a"))]))
        for name in ["a", "b"] {
            let revision = written.position.revision
            #expect(try await store.get(key(name), at: revision - 1).entry == nil)
            #expect(try await store.get(key(name), at: revision).entry?.revision == revision)
            #expect(try await store.get(key(name), at: deleted.position.revision).entry == nil)
        }
    },
    StorePromise("A read at a revision that is not there yet is refused") { store in
        let here = try await store.put(key("k"), .integer(1)).position
        await expectRefusal(.epochChanged) { () async throws(KeyValueError) in
            try await store.get(key("k"), at: here.revision + 1)
        }
    },
    StorePromise("A history is newest first, with deletions, and of its key alone") { store in
        let first = try await store.put(key("k"), .integer(1)).entry
        try await store.put(key("other"), .integer(1))
        let second = try await store.put(key("k"), .integer(2)).entry
        let deleted = try await store.transact(StoreTransaction(then: [.delete(key("k")), .delete(key("other"))]))
        let third = try await store.put(key("k"), .integer(3))
        let expected: [StoreChange] = [
            .put(third.entry, previous: nil), .delete(second, revision: deleted.position.revision),
            .put(second, previous: first), .put(first, previous: nil),
        ]
        let history = try await store.history(of: key("k"), limit: 100)
        #expect(history == StoreHistory(changes: expected, position: third.position))
        #expect(try await store.history(of: key("k"), limit: 2).changes == Array(expected.prefix(2)))
        #expect(try await store.history(of: key("never"), limit: 2).changes.isEmpty)
    },
    StorePromise("A history's limit is brought into its range") { store in
        for value in 0..<3 { try await store.put(key("k"), .integer(Int64(value))) }
        for limit in [Int.min, -1, 0, 1] {
            #expect(try await store.history(of: key("k"), limit: limit).changes.count == 1)
        }
        #expect(try await store.history(of: key("k"), limit: .max).changes.count == 3)
    },
]

let backupPromises = [
    StorePromise(
        "A backup is as long as it says, in pieces of at most the limit, while writes go on", needs: [.backups]
    ) {
        let store = $0.store
        for index in 0..<100 { try await store.put(key("k\(index)"), .bytes(Array(repeating: 7, count: 10_000))) }
        let backup = try await store.backup()
        var count = 0
        while let piece = try await backup.next() {
            #expect((1...KeyValueLimits.backupPieceBytes).contains(piece.count))
            count += piece.count
            try await store.put(key("during"), .integer(Int64(count)))
        }
        #expect(Int64(count) == backup.byteCount)
        #expect(count > 0)
    }
]
