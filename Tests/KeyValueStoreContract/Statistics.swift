import CrierCore
import Testing

let statisticsPromises = [
    StorePromise("A namespace that holds nothing has zeros, and is not named") { store in
        let statistics = try await store.statistics(of: room)
        #expect(statistics == StoreStatistics())
        #expect(try await store.namespaces().namespaces.isEmpty)
    },
    StorePromise("Keys and bytes are those of the entries, whatever happened to them before") { store in
        try await store.put(key("a"), .string("12345"))
        try await store.put(key("a"), .string("123"))
        try await store.put(key("b"), .integer(1))
        try await store.put(key("c"), .bytes([1]))
        try await store.delete(key("c"))
        try await store.increment(key("n"))
        var sum = StoreUsage()
        try await store.forEach(in: StoreScope(room)) { entry in
            sum = StoreUsage(keys: sum.keys + 1, bytes: sum.bytes + entry.byteCount)
        }
        #expect(try await store.statistics(of: room).usage == sum)
        #expect(sum.keys == 3)
    },
    StorePromise("Namespaces come in order, each with its usage, and go with their last key") { store in
        let names = ["b", "B", "_own", "a.1"].map { try? StoreNamespace($0) }.compactMap { $0 }
        for name in names { try await store.put(StoreKey(name, "k"), .bool(true)) }
        let listing = try await store.namespaces()
        #expect(listing.namespaces.map(\.namespace.name) == ["B", "_own", "a.1", "b"])
        #expect(listing.namespaces.allSatisfy { $0.usage.keys == 1 })
        #expect(try await listing.position == store.get(key("k")).position)
        try await store.delete(names[0], prefix: "")
        #expect(try await store.namespaces().namespaces.map(\.namespace.name) == ["B", "_own", "a.1"])
    },
    StorePromise("Watches of a namespace are counted as long as they are open") { store in
        #expect(try await store.statistics(of: room).watchers == 0)
        var watches = [
            try await store.watch(StoreScope(room), after: nil),
            try await store.watch(StoreScope(room, prefix: "k"), after: nil),
            try await store.watch(StoreScope(StoreNamespace(constant: "other")), after: nil),
        ]
        #expect(try await store.statistics(of: room).watchers == 2)
        watches.removeAll()
        #expect(try await store.statistics(of: room).watchers == 0)
    },
]
