import CrierCore
import Testing

let leasePromises = [
    StorePromise("A lease has the time that was asked for, and an id of its own that is not 0") { store in
        let first = try await store.grantLease(milliseconds: 2_000)
        let second = try await store.grantLease(milliseconds: 86_400_000)
        #expect(first.milliseconds == 2_000)
        #expect(second.milliseconds == 86_400_000)
        #expect(first.id != second.id && first.id.rawValue != 0 && second.id.rawValue != 0)
        #expect(try await store.renewLease(second.id) == second)
    },
    StorePromise("A lease's time outside its range is refused, naming what is allowed") { store in
        for milliseconds in [Int64.min, -1, 0, 1_999, 86_400_001, .max] {
            let refusal = await expectRefusal(.invalid) { () async throws(KeyValueError) in
                try await store.grantLease(milliseconds: milliseconds)
            }
            #expect(refusal?.message.contains("\(milliseconds) ms") == true)
            #expect(refusal?.message.contains("from 2000 to 86400000 ms") == true)
        }
    },
    StorePromise("Revoking a lease deletes its entries at one revision, and no others") { store in
        let lease = try await store.grantLease(milliseconds: 60_000)
        for name in ["a", "b", "c"] { try await store.put(key(name), .string(name), expiry: .lease(lease.id)) }
        let kept = try await store.put(key("kept"), .bool(true))
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        #expect(try await store.revokeLease(lease.id) == lease)
        let sets = try await changes(&watch, 1)
        #expect(sets[0].changes.map(\.kind) == [.delete, .delete, .delete])
        #expect(sets[0].changes.map(\.key.key) == ["a", "b", "c"])
        #expect(sets[0].changes.map(\.previous?.value) == [.string("a"), .string("b"), .string("c")])
        let page = try await store.list(StoreListRequest(StoreScope(room)))
        #expect(page.entries == [kept.entry])
        #expect(page.position == sets[0].position)
    },
    StorePromise("A lease that never was, or was revoked, is not found, and a transaction that names it does nothing") {
        store in
        let revoked = try await store.grantLease(milliseconds: 60_000)
        try await store.revokeLease(revoked.id)
        let before = try await store.put(key("k"), .bool(true)).position
        for id in [revoked.id, StoreLease.ID(0), StoreLease.ID(.max)] {
            await expectRefusal(.leaseNotFound) { () async throws(KeyValueError) in try await store.renewLease(id) }
            await expectRefusal(.leaseNotFound) { () async throws(KeyValueError) in try await store.revokeLease(id) }
            await expectRefusal(.leaseNotFound) { () async throws(KeyValueError) in
                try await store.transact(
                    StoreTransaction(then: [
                        .put(key("a"), .bool(true)), .put(key("b"), .bool(true), .lease(id)),
                    ])
                )
            }
        }
        #expect(try await store.get(key("a")) == StoreRead(entry: nil, position: before))
    },
    StorePromise("Granting, renewing, and revoking a lease without entries take no revision") { store in
        let before = try await store.put(key("k"), .bool(true)).position
        let lease = try await store.grantLease(milliseconds: 60_000)
        _ = try await store.renewLease(lease.id)
        try await store.revokeLease(lease.id)
        #expect(try await store.get(key("k")).position == before)
    },
    StorePromise("A put moves an entry to its own expiry: off a lease, to another one") { store in
        let first = try await store.grantLease(milliseconds: 60_000)
        let second = try await store.grantLease(milliseconds: 60_000)
        for name in ["free", "moved", "kept"] {
            try await store.put(key(name), .bool(true), expiry: .lease(first.id))
        }
        try await store.put(key("free"), .bool(false))
        try await store.put(key("moved"), .bool(false), expiry: .lease(second.id))
        try await store.revokeLease(first.id)
        #expect(try await names(store) == ["free", "moved"])
        try await store.revokeLease(second.id)
        #expect(try await names(store) == ["free"])
    },
    StorePromise("An entry shows its expiry: none, a time with its end, or a lease") { store in
        let lease = try await store.grantLease(milliseconds: 60_000)
        let none = try await store.put(key("none"), .integer(1)).entry
        let timed = try await store.put(key("timed"), .integer(1), expiry: .after(milliseconds: 90_000)).entry
        let leased = try await store.put(key("leased"), .integer(1), expiry: .lease(lease.id)).entry
        #expect(none.expiry == .never && none.expiresAt == nil)
        #expect(timed.expiry == .after(milliseconds: 90_000) && timed.expiresAt == timed.updatedAt + 90_000)
        #expect(leased.expiry == .lease(lease.id) && leased.expiresAt == nil)
        for entry in [none, timed, leased] {
            #expect(try await store.get(entry.key).entry == entry)
            let more = try await store.increment(entry.key).entry
            #expect(more.expiry == entry.expiry && more.expiresAt == entry.expiresAt)
            #expect(try await store.get(entry.key).entry == more)
        }
    },
    StorePromise("A deleted entry is off its lease: what is written anew does not go with it") { store in
        let lease = try await store.grantLease(milliseconds: 60_000)
        try await store.put(key("k"), .integer(1), expiry: .lease(lease.id))
        try await store.delete(key("k"))
        let anew = try await store.put(key("k"), .integer(2))
        try await store.revokeLease(lease.id)
        #expect(try await store.get(key("k")).entry == anew.entry)
    },
    StorePromise("A lease takes exactly its limit of entries, and ends all of them at one revision") { store in
        let lease = try await store.grantLease(milliseconds: 86_400_000)
        let limit = KeyValueLimits.leaseEntries
        for start in stride(from: 0, to: limit, by: 100) {
            let writes = try (start..<start + 100)
                .map {
                    StoreWrite.put(try key("k\($0)"), .bool(true), .lease(lease.id))
                }
            try await store.transact(StoreTransaction(then: writes))
        }
        let full = try await store.put(key("k0"), .bool(false), expiry: .lease(lease.id)).position
        await expectRefusal(.tooLarge) { () async throws(KeyValueError) in
            try await store.put(key("one more"), .bool(true), expiry: .lease(lease.id))
        }
        // One leaves, one comes: the limit is of what is there afterwards.
        try await store.transact(
            StoreTransaction(then: [
                .put(key("one more"), .bool(true), .lease(lease.id)), .put(key("k0"), .bool(true)),
            ])
        )
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        try await store.revokeLease(lease.id)
        let set = try await changes(&watch, 1)[0]
        #expect(set.changes.count == limit)
        #expect(set.position.revision == full.revision + 2)
        #expect(try await names(store) == ["k0"])
    },
]

/// The keys of the suite's namespace.
func names(_ store: any KeyValueStore) async throws -> [String] {
    try await store.list(StoreListRequest(StoreScope(room))).entries.map(\.key.key)
}
