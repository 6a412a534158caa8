import CrierCore
import Testing

let transactionPromises = [
    StorePromise("All writes of a transaction carry one revision") { store in
        let before = try await store.get(key("a")).position.revision
        let outcome = try await store.transact(
            StoreTransaction(then: [
                .put(key("a"), .integer(1)), .put(key("b"), .integer(2)), .increment(key("n"), by: 3, initial: 0),
            ])
        )
        #expect(outcome.succeeded)
        #expect(outcome.changes.map(\.revision) == Array(repeating: outcome.position.revision, count: 3))
        #expect(outcome.position.revision == before + 1)
    },
    StorePromise("When a guard does not hold, only the otherwise branch is done") { store in
        try await store.put(key("lock"), .string("mine"))
        let outcome = try await store.transact(
            StoreTransaction(
                if: [.init(key("other"), .absent), .init(key("lock"), .absent)],
                then: [.put(key("a"), .integer(1))],
                otherwise: [.put(key("b"), .integer(2))]
            )
        )
        #expect(!outcome.succeeded)
        #expect(try outcome.refusal?.failed.key == key("lock"))
        #expect(outcome.refusal?.current?.value == .string("mine"))
        #expect(try await store.get(key("a")).entry == nil)
        #expect(try await store.get(key("b")).entry?.value == .integer(2))
    },
    StorePromise("A transaction that fails half-way has done nothing and takes no revision") { store in
        let before = try await store.put(key("s"), .string("text")).position
        await expectRefusal(.wrongType) { () async throws(KeyValueError) in
            try await store.transact(
                StoreTransaction(then: [.put(key("a"), .integer(1)), .increment(key("s"), by: 1, initial: 0)])
            )
        }
        let read = try await store.get(key("a"))
        #expect(read.entry == nil)
        #expect(read.position == before)
    },
    StorePromise("A key that is written twice in one transaction is refused, naming it") { store in
        let before = try await store.get(key("k")).position
        let twice = try [
            [StoreWrite.put(key("k"), .integer(1)), .delete(key("k"))],
            [.put(key("task.1"), .integer(1)), .deletePrefix(room, "task.")],
            [.deletePrefix(room, "a"), .deletePrefix(room, "ab")],
        ]
        for writes in twice {
            await expectRefusal(.invalid) { () async throws(KeyValueError) in
                try await store.transact(StoreTransaction(then: writes))
            }
        }
        #expect(try await store.get(key("k")).position == before)
    },
    StorePromise("Exactly the limit of operations is taken, one more is refused") { store in
        let limit = KeyValueLimits.transactionOperations
        let writes = try (0...limit).map { StoreWrite.put(try key("k\($0)"), .integer(Int64($0))) }
        let taken = try await store.transact(StoreTransaction(then: Array(writes.dropLast())))
        #expect(taken.changes.count == limit)
        await expectRefusal(.tooLarge) { () async throws(KeyValueError) in
            try await store.transact(StoreTransaction(then: writes))
        }
    },
    StorePromise("A transaction beyond its bytes is refused and changes nothing") { store in
        let before = try await store.get(key("a")).position
        let half = StoreValue.bytes(Array(repeating: 1, count: KeyValueLimits.transactionBytes * 2 / 3))
        await expectRefusal(.tooLarge) { () async throws(KeyValueError) in
            try await store.transact(StoreTransaction(then: [.put(key("a"), half), .put(key("b"), half)]))
        }
        #expect(try await store.get(key("a")).position == before)
    },
    StorePromise("A transaction without an effect takes no revision") { store in
        let before = try await store.put(key("k"), .integer(1)).position
        let outcome = try await store.transact(StoreTransaction(then: [.delete(key("nothing"))]))
        #expect(outcome.succeeded)
        #expect(outcome.position == before)
    },
]

let listPromises = [
    StorePromise("A list is in the order of bytes and holds what its prefix asks for") { store in
        for name in ["b", "a/2", "a/10", "a", "\u{1F600}", "\u{fffd}", "Z"] {
            try await store.put(key(name), .string(name))
        }
        try await store.put(StoreKey(StoreNamespace(constant: "contract2"), "a/3"), .integer(0))
        let all = try await store.list(StoreListRequest(StoreScope(room)))
        #expect(all.entries.map(\.key.key) == ["Z", "a", "a/10", "a/2", "b", "\u{fffd}", "\u{1F600}"])
        #expect(all.next == nil)
        let some = try await store.list(StoreListRequest(StoreScope(room, prefix: "a/")))
        #expect(some.entries.map(\.key.key) == ["a/10", "a/2"])
        let everything = try await store.list(StoreListRequest(.everything))
        #expect(everything.entries.count == 8)
        #expect(everything.entries.map(\.key) == everything.entries.map(\.key).sorted())
    },
    StorePromise("Characters that patterns know are ordinary in a prefix") { store in
        for name in ["50%", "50x", "a_b", "axb", "a*b", "[a]"] { try await store.put(key(name), .bool(true)) }
        for prefix in ["50%", "a_", "a*", "["] {
            let page = try await store.list(StoreListRequest(StoreScope(room, prefix: prefix)))
            #expect(page.entries.count == 1, "prefix \(prefix)")
        }
    },
    StorePromise("Pages join without a gap or a repeat, and all carry the position of the first") { store in
        for index in 0..<25 { try await store.put(key("k\(100 + index)"), .integer(Int64(index))) }
        let start = try await store.get(key("k100")).position
        var found: [String] = []
        var cursor: StoreCursor?
        var pages = 0
        repeat {
            let page = try await store.list(StoreListRequest(StoreScope(room), limit: 10, cursor: cursor))
            #expect(page.position == start)
            found += page.entries.map(\.key.key)
            cursor = page.next
            pages += 1
            try await store.put(key("z\(pages)"), .bool(true))
        } while cursor != nil && pages < 10
        #expect(found.prefix(25) == (0..<25).map { "k\(100 + $0)" }[...])
        #expect(Set(found).count == found.count)
    },
    StorePromise("A page that ends exactly at the last entry says that it was the last") { store in
        for index in 0..<10 { try await store.put(key("k\(index)"), .bool(true)) }
        let page = try await store.list(StoreListRequest(StoreScope(room), limit: 10))
        #expect(page.entries.count == 10)
        #expect(page.next == nil)
    },
    StorePromise("A page of large values ends early, and the next one goes on") { store in
        let value = StoreValue.bytes(Array(repeating: 3, count: 1 << 20))
        for index in 0..<6 { try await store.put(key("k\(index)"), value) }
        let first = try await store.list(StoreListRequest(StoreScope(room)))
        #expect(first.entries.count < 6)
        let second = try await store.list(StoreListRequest(StoreScope(room), cursor: first.next))
        #expect((first.entries + second.entries).map(\.key.key) == (0..<6).map { "k\($0)" })
    },
    StorePromise("A cursor of another epoch is refused") { store in
        let here = try await store.put(key("k"), .bool(true)).position
        let cursor = try StoreCursor(after: key("a"), position: StorePosition(epoch: here.epoch ^ 1, revision: 0))
        await expectRefusal(.epochChanged) { () async throws(KeyValueError) in
            try await store.list(StoreListRequest(StoreScope(room), cursor: cursor))
        }
    },
]
