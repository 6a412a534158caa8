import CrierCore
import Testing

let expiryPromises = [
    StorePromise(
        "An entry goes when its time is over and not a millisecond earlier, and watches hear of it", needs: [.clock]
    ) {
        let store = $0.store
        let entry = try await store.put(key("k"), .string("v"), expiry: .after(milliseconds: 5_000)).entry
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        try await $0.advance(milliseconds: 4_999)
        #expect(try await store.get(key("k")).entry == entry)
        try await $0.advance(milliseconds: 1)
        let read = try await store.get(key("k"))
        #expect(read.entry == nil)
        #expect(read.position.revision == entry.revision + 1)
        #expect(try await changes(&watch, 1).flatMap(\.changes) == [.expire(entry, revision: read.position.revision)])
        let history = try await store.history(of: key("k"), limit: 1)
        #expect(history.changes.map(\.kind) == [.expire])
        #expect(try await store.put(key("k"), .bool(true)).entry.version == 1)
    },
    StorePromise("A put begins the time anew, or lifts it; an increment keeps it", needs: [.clock]) {
        let store = $0.store
        for name in ["anew", "lifted", "counted"] {
            try await store.put(key(name), .integer(0), expiry: .after(milliseconds: 5_000))
        }
        try await $0.advance(milliseconds: 4_000)
        try await store.put(key("anew"), .integer(1), expiry: .after(milliseconds: 5_000))
        try await store.put(key("lifted"), .integer(1))
        try await store.increment(key("counted"))
        try await $0.advance(milliseconds: 1_000)
        #expect(try await names(store) == ["anew", "lifted"])
        try await $0.advance(milliseconds: 4_000)
        #expect(try await names(store) == ["lifted"])
    },
    StorePromise("A lease that is not renewed expires its entries at one revision", needs: [.clock]) {
        let store = $0.store
        let lease = try await store.grantLease(milliseconds: 3_000)
        for name in ["a", "b"] { try await store.put(key(name), .bool(true), expiry: .lease(lease.id)) }
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        try await $0.advance(milliseconds: 2_999)
        #expect(try await names(store) == ["a", "b"])
        try await $0.advance(milliseconds: 1)
        let sets = try await changes(&watch, 1)
        #expect(sets[0].changes.map(\.kind) == [.expire, .expire])
        #expect(try await names(store) == [])
    },
    StorePromise("A lease that is renewed lives its whole time from then on", needs: [.clock]) {
        let store = $0.store
        let lease = try await store.grantLease(milliseconds: 3_000)
        let entry = try await store.put(key("k"), .bool(true), expiry: .lease(lease.id)).entry
        for _ in 0..<5 {
            try await $0.advance(milliseconds: 2_999)
            #expect(try await store.renewLease(lease.id) == lease)
        }
        try await $0.advance(milliseconds: 2_999)
        #expect(try await store.get(key("k")).entry == entry)
        try await $0.advance(milliseconds: 1)
        #expect(try await store.get(key("k")).entry == nil)
    },
    StorePromise(
        "A lease that ran out is not found any more: neither renewed, nor revoked, nor written with", needs: [.clock]
    ) {
        let store = $0.store
        let lease = try await store.grantLease(milliseconds: 2_000)
        try await $0.advance(milliseconds: 2_000)
        await expectRefusal(.leaseNotFound) { () async throws(KeyValueError) in try await store.renewLease(lease.id) }
        await expectRefusal(.leaseNotFound) { () async throws(KeyValueError) in try await store.revokeLease(lease.id) }
        await expectRefusal(.leaseNotFound) { () async throws(KeyValueError) in
            try await store.put(key("k"), .bool(true), expiry: .lease(lease.id))
        }
    },
    StorePromise("Thousands that run out together all go, each once, and the watch says so", needs: [.clock]) {
        let store = $0.store
        let count = 2_500
        for start in stride(from: 0, to: count, by: 100) {
            let writes = try (start..<start + 100)
                .map {
                    StoreWrite.put(try key("k\($0)"), .bool(true), .after(milliseconds: 1_000))
                }
            try await store.transact(StoreTransaction(then: writes))
        }
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        try await $0.advance(milliseconds: 1_000)
        var expired = Set<StoreKey>()
        while expired.count < count {
            for change in try await changes(&watch, 1)[0].changes {
                #expect(change.kind == .expire)
                #expect(expired.insert(change.key).inserted)
            }
        }
        #expect(try await names(store) == [])
        #expect(try await store.statistics(of: room).usage == StoreUsage())
    },
    StorePromise("Guards see an entry until its end is there for all", needs: [.clock]) {
        let store = $0.store
        try await store.put(key("k"), .integer(1), expiry: .after(milliseconds: 1_000))
        await expectRefusal(.preconditionFailed) { () async throws(KeyValueError) in
            try await store.put(key("k"), .integer(2), if: .absent)
        }
        try await $0.advance(milliseconds: 1_000)
        try await store.put(key("k"), .integer(2), if: .absent)
    },
]

let restartPromises = [
    StorePromise("What was written is there after a restart, and revisions go on", needs: [.reopening]) {
        let written = try await $0.store.put(key("k"), .json("{\"a\":1}"))
        try await $0.reopen()
        let store = $0.store
        #expect(try await store.get(key("k")) == StoreRead(entry: written.entry, position: written.position))
        let next = try await store.put(key("k"), .integer(2)).position
        #expect(next == StorePosition(epoch: written.position.epoch, revision: written.position.revision + 1))
        #expect(try await store.history(of: key("k"), limit: 9).changes.count == 2)
        #expect(try await store.get(key("k"), at: written.position.revision).entry == written.entry)
        #expect(try await store.statistics(of: room).usage.keys == 1)
    },
    StorePromise("After a restart leases and expiries have their whole time again", needs: [.reopening, .clock]) {
        let lease = try await $0.store.grantLease(milliseconds: 5_000)
        try await $0.store.put(key("leased"), .bool(true), expiry: .lease(lease.id))
        let timed = try await $0.store.put(key("timed"), .integer(1), expiry: .after(milliseconds: 5_000)).entry
        try await $0.advance(milliseconds: 4_000)
        try await $0.reopen()
        let store = $0.store
        let read = try await store.get(key("timed")).entry
        // The earliest moment at which it goes, which is later now.
        #expect(read?.expiresAt ?? 0 > timed.expiresAt ?? .max)
        #expect(read?.expiry == timed.expiry && read?.revision == timed.revision)
        try await store.increment(key("timed"))
        try await $0.advance(milliseconds: 4_999)
        #expect(try await names(store) == ["leased", "timed"])
        try await store.put(key("leased too"), .bool(true), expiry: .lease(lease.id))
        #expect(try await store.renewLease(lease.id) == lease)
        try await $0.advance(milliseconds: 4_999)
        #expect(try await names(store) == ["leased", "leased too"])
        try await $0.advance(milliseconds: 1)
        #expect(try await names(store) == [])
    },
    StorePromise("A revoked lease stays revoked after a restart, and one that is not can be", needs: [.reopening]) {
        let gone = try await $0.store.grantLease(milliseconds: 60_000)
        let kept = try await $0.store.grantLease(milliseconds: 60_000)
        try await $0.store.put(key("k"), .bool(true), expiry: .lease(kept.id))
        try await $0.store.revokeLease(gone.id)
        try await $0.reopen()
        let store = $0.store
        await expectRefusal(.leaseNotFound) { () async throws(KeyValueError) in try await store.renewLease(gone.id) }
        try await store.revokeLease(kept.id)
        #expect(try await names(store) == [])
    },
    StorePromise("A watch goes on after a restart where it stopped", needs: [.reopening]) {
        let start = try await $0.store.put(key("k"), .integer(0)).position
        for value in 1...5 { try await $0.store.put(key("k"), .integer(Int64(value))) }
        try await $0.reopen()
        var watch = try await $0.store.watch(StoreScope(room), after: start).makeAsyncIterator()
        let sets = try await changes(&watch, 5)
        #expect(sets.flatMap(\.changes).compactMap(\.entry?.value) == (1...5).map { .integer(Int64($0)) })
    },
]
