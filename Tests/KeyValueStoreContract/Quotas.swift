import CrierCore
import Testing

private let limited: ContractSettings = {
    var settings = ContractSettings()
    settings.quotas.keys = StoreQuotas.Limit(standard: 3, overrides: [StoreNamespace(constant: "other"): 1])
    settings.quotas.bytes = StoreQuotas.Limit(standard: 1_000)
    return settings
}()

let quotaPromises = [
    StorePromise(
        "A namespace takes exactly its quota of keys; refused is what would add one more", needs: [.quotas], limited
    ) {
        let store = $0.store
        for name in ["a", "b", "c"] { try await store.put(key(name), .integer(0)) }
        let before = try await store.get(key("a")).position
        let refusal = await expectRefusal(.quota) { () async throws(KeyValueError) in
            try await store.put(key("d"), .integer(0))
        }
        #expect(refusal?.message.contains("contract") == true && refusal?.message.contains("3") == true)
        await expectRefusal(.quota) { () async throws(KeyValueError) in try await store.increment(key("n")) }
        #expect(try await store.get(key("d")) == StoreRead(entry: nil, position: before))
        try await store.put(key("a"), .integer(1))
        try await store.delete(key("b"))
        try await store.put(key("d"), .integer(0))
    },
    StorePromise("A namespace of its own quota has that one, and reserved ones have none", needs: [.quotas], limited) {
        let store = $0.store
        let other = StoreNamespace(constant: "other")
        try await store.put(StoreKey(other, "a"), .integer(0))
        await expectRefusal(.quota) { () async throws(KeyValueError) in
            try await store.put(StoreKey(other, "b"), .integer(0))
        }
        let own = StoreNamespace(constant: "_own")
        for index in 0..<10 {
            try await store.put(StoreKey(own, "k\(index)"), .bytes(Array(repeating: 0, count: 1_000)))
        }
    },
    StorePromise("Bytes are counted as they are afterwards: what replaces, and what shrinks", needs: [.quotas], limited)
    {
        let store = $0.store
        // Namespace and key have 9 bytes.
        try await store.put(key("a"), .bytes(Array(repeating: 0, count: 991)))
        await expectRefusal(.quota) { () async throws(KeyValueError) in try await store.put(key("b"), .bool(true)) }
        await expectRefusal(.quota) { () async throws(KeyValueError) in
            try await store.put(key("a"), .bytes(Array(repeating: 0, count: 992)))
        }
        try await store.put(key("a"), .bytes(Array(repeating: 1, count: 991)))
        try await store.put(key("a"), .bytes(Array(repeating: 1, count: 981)))
        try await store.put(key("b"), .bool(true))
        #expect(try await store.statistics(of: room).usage == StoreUsage(keys: 2, bytes: 1_000))
    },
    StorePromise("A transaction is judged as a whole, and refused as a whole", needs: [.quotas], limited) {
        let store = $0.store
        for name in ["a", "b", "c"] { try await store.put(key(name), .integer(0)) }
        try await store.transact(StoreTransaction(then: [.put(key("d"), .integer(0)), .delete(key("a"))]))
        let before = try await store.get(key("d")).position
        await expectRefusal(.quota) { () async throws(KeyValueError) in
            try await store.transact(
                StoreTransaction(then: [
                    .delete(key("b")), .put(key("e"), .integer(0)), .put(key("f"), .integer(0)),
                ])
            )
        }
        #expect(try await store.get(key("b")).entry != nil)
        #expect(try await store.get(key("e")).position == before)
        try await store.delete(room, prefix: "")
        #expect(try await store.statistics(of: room).usage == StoreUsage())
    },
    StorePromise("Many at once do not overrun a quota", needs: [.quotas], limited) {
        let store = $0.store
        let taken = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<30 {
                group.addTask { (try? await store.put(key("k\(index)"), .bool(true))) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 3)
        let usage = try await store.statistics(of: room).usage
        #expect(usage.keys == 3)
    },
]
