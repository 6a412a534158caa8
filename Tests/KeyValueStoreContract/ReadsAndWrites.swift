import CrierCore
import Testing

let readPromises = [
    StorePromise("A key that never was reads as absent, and reading takes no revision") { store in
        let read = try await store.get(key("nothing"))
        #expect(read.entry == nil)
        #expect(try await store.get(key("nothing")) == read)
        #expect(try await store.get(key("nothing"), consistency: .stale).entry == nil)
    },
    StorePromise("What is known without waiting is what a read says") { store in
        let absent = try store.immediateRead(of: key("k"))
        #expect(absent == nil || absent?.entry == nil)
        let written = try await store.put(key("k"), .integer(1))
        for _ in 0..<2 {
            let read = try await store.get(key("k"))
            #expect(read == StoreRead(entry: written.entry, position: written.position))
            if let immediate = try store.immediateRead(of: key("k")) { #expect(immediate == read) }
        }
        let deleted = try await store.transact(StoreTransaction(then: [.delete(key("k"))])).position
        if let immediate = try store.immediateRead(of: key("k")) {
            #expect(immediate == StoreRead(entry: nil, position: deleted))
        }
    },
    StorePromise("Every type of value reads back as it was written, to the last bit") { store in
        let values: [StoreValue] = [
            .string(""), .string("e\u{301}"), .string("\u{e9}"), .string("a\u{0}b"), .integer(.min), .integer(.max),
            .double(-0.0), .double(.leastNonzeroMagnitude), .double(.greatestFiniteMagnitude), .double(.pi),
            .bool(true), .bool(false), .json(#"{"a":[1]}"#),
            .bytes([]),
            .bytes([0, 255, 10]),
        ]
        for (index, value) in values.enumerated() {
            try await store.put(key("value-\(index)"), value)
            let read = try await store.get(key("value-\(index)"))
            #expect(read.entry?.value == value)
        }
    },
    StorePromise("Keys that look alike but differ in bytes are different keys") { store in
        try await store.put(key("caf\u{e9}"), .integer(1))
        try await store.put(key("cafe\u{301}"), .integer(2))
        let composed = try await store.get(key("caf\u{e9}"))
        let decomposed = try await store.get(key("cafe\u{301}"))
        #expect(composed.entry?.value == .integer(1))
        #expect(decomposed.entry?.value == .integer(2))
    },
    StorePromise("Namespaces do not see each other") { store in
        let other = StoreNamespace(constant: "other")
        try await store.put(key("k"), .integer(1))
        let read = try await store.get(StoreKey(other, "k"))
        #expect(read.entry == nil)
    },
]

let writePromises = [
    StorePromise("A put carries create revision, revision and version, and hands back what was there") { store in
        let first = try await store.put(key("k"), .string("a"))
        let second = try await store.put(key("k"), .string("b"))
        #expect(first.entry.version == 1)
        #expect(first.entry.createRevision == first.entry.revision)
        #expect(first.previous == nil)
        #expect(second.entry.version == 2)
        #expect(second.entry.createRevision == first.entry.revision)
        #expect(second.entry.revision > first.entry.revision)
        #expect(second.previous == first.entry)
        #expect(second.position.revision == second.entry.revision)
        #expect(try await store.get(key("k")).entry == second.entry)
    },
    StorePromise("A key that comes back after its deletion begins anew") { store in
        try await store.put(key("k"), .integer(1))
        let removed = try await store.delete(key("k"))
        #expect(removed?.value == .integer(1))
        #expect(try await store.get(key("k")).entry == nil)
        let again = try await store.put(key("k"), .integer(2))
        #expect(again.entry.version == 1)
        #expect(again.entry.createRevision == again.entry.revision)
    },
    StorePromise("Deleting what is not there changes nothing and takes no revision") { store in
        let before = try await store.put(key("a"), .integer(1)).position
        #expect(try await store.delete(key("b")) == nil)
        #expect(try await store.get(key("a")).position == before)
    },
    StorePromise("A prefix deletion removes exactly the keys that begin with it, at one revision") { store in
        for name in ["a", "task.1", "task.2", "task", "taskx"] { try await store.put(key(name), .string(name)) }
        let before = try await store.get(key("a")).position
        #expect(try await store.delete(room, prefix: "task.") == 2)
        let page = try await store.list(StoreListRequest(StoreScope(room)))
        #expect(page.entries.map(\.key.key) == ["a", "task", "taskx"])
        #expect(page.position.revision == before.revision + 1)
    },
    StorePromise("An increment begins at the initial value, adds, and returns the sum") { store in
        let first = try await store.increment(key("n"), by: 5, initial: 10)
        let second = try await store.increment(key("n"), by: -20, initial: 10)
        #expect(first.entry.value == .integer(15))
        #expect(second.entry.value == .integer(-5))
    },
    StorePromise("An increment of another type is refused and changes nothing") { store in
        try await store.put(key("k"), .string("5"))
        await expectRefusal(.wrongType) { () async throws(KeyValueError) in try await store.increment(key("k")) }
        #expect(try await store.get(key("k")).entry?.value == .string("5"))
    },
    StorePromise("An increment that does not fit into 64 bits is refused and changes nothing") { store in
        try await store.put(key("k"), .integer(.max))
        await expectRefusal(.overflow) { () async throws(KeyValueError) in try await store.increment(key("k")) }
        #expect(try await store.get(key("k")).entry?.value == .integer(.max))
    },
    StorePromise("Concurrent increments all count, each with a revision of its own") { store in
        let revisions = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<100 {
                group.addTask { try await store.increment(key("n")).position.revision }
            }
            return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
        }
        #expect(revisions.count == 100)
        #expect(try await store.get(key("n")).entry?.value == .integer(100))
    },
    StorePromise("A value of exactly the limit is taken, one byte more is refused") { store in
        let limit = KeyValueLimits.valueBytes
        try await store.put(key("k"), .bytes(Array(repeating: 7, count: limit)))
        await expectRefusal(.tooLarge) { () async throws(KeyValueError) in
            try await store.put(key("k"), .bytes(Array(repeating: 8, count: limit + 1)))
        }
        #expect(try await store.get(key("k")).entry?.value == .bytes(Array(repeating: 7, count: limit)))
    },
]

let conditionPromises = [
    StorePromise("Absent: only the first of two wins, and the loser hears what is there") { store in
        let first = try await store.put(key("k"), .integer(1), if: .absent)
        let refusal = await expectRefusal(.preconditionFailed) { () async throws(KeyValueError) in
            try await store.put(key("k"), .integer(2), if: .absent)
        }
        #expect(refusal?.current == first.entry)
        #expect(try await store.get(key("k")).entry == first.entry)
    },
    StorePromise("Present: a key that is not there stays away") { store in
        let refusal = await expectRefusal(.preconditionFailed) { () async throws(KeyValueError) in
            try await store.put(key("k"), .integer(1), if: .present)
        }
        #expect(refusal != nil && refusal?.current == nil)
        #expect(try await store.get(key("k")).entry == nil)
        try await store.put(key("k"), .integer(1))
        try await store.put(key("k"), .integer(2), if: .present)
    },
    StorePromise("Revision: an old one removes nothing, the current one does") { store in
        let old = try await store.put(key("k"), .integer(1)).entry.revision
        let new = try await store.put(key("k"), .integer(2)).entry.revision
        await expectRefusal(.preconditionFailed) { () async throws(KeyValueError) in
            try await store.delete(key("k"), if: .revision(old))
        }
        #expect(try await store.delete(key("k"), if: .revision(new))?.value == .integer(2))
    },
    StorePromise("Value: compares type and bytes") { store in
        try await store.put(key("k"), .integer(1))
        await expectRefusal(.preconditionFailed) { () async throws(KeyValueError) in
            try await store.put(key("k"), .integer(2), if: .value(.double(1)))
        }
        try await store.put(key("k"), .integer(2), if: .value(.integer(1)))
        #expect(try await store.get(key("k")).entry?.value == .integer(2))
    },
    StorePromise("Of many that compare and swap at once, exactly one wins each round") { store in
        try await store.put(key("k"), .integer(0))
        let winners = await withTaskGroup(of: Bool.self) { group in
            for rival in 1...20 {
                group.addTask {
                    (try? await store.put(key("k"), .integer(Int64(rival)), if: .value(.integer(0)))) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    },
]
