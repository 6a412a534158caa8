import CrierCore
import Synchronization
import Testing

private let open = StoreNamespace(constant: "open")
private let shut = StoreNamespace(constant: "shut")
private let own = StoreNamespace(constant: "_own")

/// Reads and writes where it is told to, and nowhere else.
private struct SomeNamespaces: AccessPolicy {
    var readable: Set<StoreNamespace>
    var writable: Set<StoreNamespace> = []

    func allows(_ operation: StoreOperation, on namespace: StoreNamespace?, by caller: Caller) -> Bool {
        guard let namespace else { return false }
        return (operation == .read ? readable : writable).contains(namespace)
    }

    func allowsSome(_ operation: StoreOperation, by caller: Caller) -> Bool {
        !(operation == .read ? readable : writable).isEmpty
    }
}

@Suite("CallerStore", .timeLimit(.minutes(10)))
struct CallerStoreTests {
    private let memory = MemoryKeyValueStore()
    private let outsider = Caller(origin: .loopback, address: "127.0.0.1:9")

    private func store(_ policy: any AccessPolicy = LoopbackAccess()) -> CallerStore {
        KeyValueAccess(memory, policy: policy).store(for: outsider)
    }

    private func expectDenied<R>(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws(KeyValueError) -> R
    ) async {
        do throws(KeyValueError) {
            _ = try await body()
            Issue.record("expected denied", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == .denied, "\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test("No write reaches a reserved namespace from outside, in whichever branch it hides; the gateway writes")
    func reserved() async throws {
        let key = try StoreKey(own, "k")
        let writes: [StoreWrite] = [
            .put(key, .bool(true)), .delete(key), .increment(key, by: 1, initial: 0), .deletePrefix(own, ""),
        ]
        for write in writes {
            await expectDenied { () async throws(KeyValueError) in
                try await store().transact(StoreTransaction(then: [write]))
            }
            await expectDenied { () async throws(KeyValueError) in
                try await store(OpenAccess()).transact(StoreTransaction(then: [], otherwise: [write]))
            }
        }
        try await KeyValueAccess(memory).store(for: .gateway).put(key, .bool(true))
        #expect(try await store().get(key).entry?.value == .bool(true))
    }

    @Test("A caller from another machine may nothing under the loopback policy")
    func remote() async throws {
        let remote = KeyValueAccess(memory).store(for: Caller(origin: .remote, address: "10.0.0.1:5"))
        let key = try StoreKey(open, "k")
        await expectDenied { () async throws(KeyValueError) in try await remote.get(key) }
        await expectDenied { () async throws(KeyValueError) in try await remote.get(key, at: 0) }
        await expectDenied { () async throws(KeyValueError) in try await remote.history(of: key, limit: 1) }
        await expectDenied { () async throws(KeyValueError) in try await remote.list(StoreListRequest(.everything)) }
        await expectDenied { () async throws(KeyValueError) in try await remote.watch(.everything, after: nil) }
        await expectDenied { () async throws(KeyValueError) in try await remote.watch(StoreScope(open), after: nil) }
        await expectDenied { () async throws(KeyValueError) in try await remote.put(key, .bool(true)) }
        await expectDenied { () async throws(KeyValueError) in try await remote.namespaces() }
        await expectDenied { () async throws(KeyValueError) in try await remote.statistics(of: open) }
        await expectDenied { () async throws(KeyValueError) in try await remote.grantLease(milliseconds: 5_000) }
        await expectDenied { () async throws(KeyValueError) in try await remote.renewLease(StoreLease.ID(1)) }
        await expectDenied { () async throws(KeyValueError) in try await remote.revokeLease(StoreLease.ID(1)) }
        await expectDenied { () async throws(KeyValueError) in try await remote.backup() }
        #expect(remote.immediateRead(of: key) == nil)
    }

    @Test("A guard reads: it is denied where the caller may not read")
    func guards() async throws {
        let store = store(SomeNamespaces(readable: [], writable: [open]))
        await expectDenied { () async throws(KeyValueError) in
            try await store.transact(
                StoreTransaction(
                    if: [.init(StoreKey(shut, "k"), .absent)], then: [.put(StoreKey(open, "k"), .bool(true))])
            )
        }
        try await store.put(StoreKey(open, "k"), .bool(true))
    }

    // MARK: Leases

    @Test("The lease of an entry is shown only to who may write there: to others no door names it")
    func hiddenLeases() async throws {
        let lease = try await memory.grantLease(milliseconds: 60_000)
        let key = try StoreKey(own, "node")
        let start = try await memory.get(key).position
        let written = try await memory.put(key, .string("here"), expiry: .lease(lease.id))
        let store = store()
        var seen: [StoreEntry?] = [
            try await store.get(key).entry, store.immediateRead(of: key)?.entry,
            try await store.get(key, at: written.position.revision).entry,
            try await store.list(StoreListRequest(StoreScope(own))).entries.first,
            try await store.list(StoreListRequest(.everything)).entries.first,
            try await store.history(of: key, limit: 1).changes.first?.entry,
        ]
        for scope in [StoreScope(own), .everything] {
            var watch = try await store.watch(scope, after: start).makeAsyncIterator()
            guard case .changes(let set)? = try await watch.next() else { continue }
            seen.append(set.changes.first?.entry)
        }
        let refused = try await store.transact(
            StoreTransaction(if: [.init(key, .absent)], then: [.put(StoreKey(open, "k"), .bool(true))])
        )
        seen.append(refused.refusal?.current)
        #expect(seen.count == 9)
        for entry in seen {
            #expect(entry?.value == .string("here"))
            #expect(entry?.expiry == .never)
        }
        #expect(try await KeyValueAccess(memory).store(for: .gateway).get(key).entry == written.entry)
    }

    @Test("Who may write a namespace sees the leases there, in the very sets that all share")
    func shownLeases() async throws {
        let store = store()
        let lease = try await store.grantLease(milliseconds: 60_000)
        var watch = try await store.watch(StoreScope(open), after: nil).makeAsyncIterator()
        let written = try await store.put(StoreKey(open, "k"), .bool(true), expiry: .lease(lease.id))
        #expect(try await store.get(StoreKey(open, "k")).entry == written.entry)
        guard case .changes(let set)? = try await watch.next() else { return }
        #expect(set.changes.first?.entry == written.entry)
        try await store.revokeLease(lease.id)
        #expect(try await store.get(StoreKey(open, "k")).entry == nil)
    }

    // MARK: All namespaces

    @Test("A list of all namespaces holds those that the caller may read, page by page, and its cursors name no other")
    func listAll() async throws {
        for namespace in [open, shut, StoreNamespace(constant: "pen"), StoreNamespace(constant: "zoo")] {
            for index in 0..<5 { try await memory.put(StoreKey(namespace, "k\(index)"), .integer(1)) }
        }
        let store = store(SomeNamespaces(readable: [open, StoreNamespace(constant: "zoo")]))
        for limit in [1, 2, 3, 5, 100] {
            var keys: [String] = []
            var cursor: StoreCursor?
            repeat {
                let page = try await store.list(StoreListRequest(.everything, limit: limit, cursor: cursor))
                #expect(page.position.revision == 20)
                #expect(page.entries.count <= limit)
                keys += page.entries.map(\.key.description)
                cursor = page.next
                if let cursor { #expect(cursor.after.description == keys.last) }
            } while cursor != nil
            #expect(keys == ["open", "zoo"].flatMap { name in (0..<5).map { "\(name)/k\($0)" } })
        }
        #expect(try await store.namespaces().namespaces.map(\.namespace.name) == ["open", "zoo"])
        await expectDenied { () async throws(KeyValueError) in try await store.list(StoreListRequest(StoreScope(shut)))
        }
    }

    @Test("A watch of all namespaces tells what the caller may read, also when it is polled")
    func watchAll() async throws {
        let store = store(SomeNamespaces(readable: [open]))
        var watch = try await store.watch(.everything, after: nil).makeAsyncIterator()
        try await memory.put(StoreKey(shut, "k"), .integer(1))
        let both = try await memory.transact(
            StoreTransaction(then: [.put(StoreKey(open, "k"), .integer(1)), .put(StoreKey(shut, "k"), .integer(2))])
        )
        guard case .changes(let set)? = try await watch.next() else { return }
        #expect(set.position == both.position)
        #expect(set.changes.map(\.key.namespace) == [open])
    }

    @Test("Polled, it skips what the caller may not read and hides leases, also from the log, and ends with the store")
    func pollAll() async throws {
        let store = store(SomeNamespaces(readable: [open]))
        let start = try await memory.get(StoreKey(open, "k")).position
        let lease = try await memory.grantLease(milliseconds: 60_000)
        let first = try await memory.put(StoreKey(open, "k"), .integer(1), expiry: .lease(lease.id))
        for number in 0..<Int64(KeyValueLimits.watchPageChanges) {
            try await memory.put(StoreKey(shut, "k"), .integer(number))
        }
        let last = try await memory.transact(
            StoreTransaction(then: [.put(StoreKey(open, "k"), .integer(2)), .put(StoreKey(shut, "k"), .integer(2))])
        )
        var watch = try await store.watch(.everything, after: start).live
        var sets: [StoreChangeSet] = []
        var polls = 0
        reading: while true {
            polls += 1
            switch watch.poll(orElse: {}) {
            case .event(.changes(let set)): sets.append(set)
            case .event(.progress): continue
            case .behind: await watch.catchUp()
            case .waiting, .ended: break reading
            }
        }
        #expect(sets.map(\.position) == [first.position, last.position] && polls < 10)
        #expect(sets.allSatisfy { $0.changes.map(\.key) == [first.entry.key] })
        #expect(sets.first?.changes.first?.entry?.expiry == .never)
        let rings = Mutex(0)
        #expect(watch.poll(orElse: { rings.withLock { $0 += 1 } }) == .waiting)
        try await memory.put(StoreKey(shut, "k"), .integer(3))
        #expect(rings.withLock { $0 } == 1 && watch.poll(orElse: {}) == .waiting)
        memory.close()
        #expect(watch.poll(orElse: {}) == .ended(.closed))
    }

    // MARK: Hot keys

    @Test("The keys that callers used most are told, busiest first, with what was done to them")
    func hotKeys() async throws {
        let store = store()
        let busy = try StoreKey(open, "busy")
        for _ in 0..<3 { try await store.put(busy, .integer(1)) }
        for _ in 0..<4 { _ = try await store.get(busy) }
        _ = store.immediateRead(of: busy)
        try await store.increment(StoreKey(open, "counter"))
        _ = try await store.get(StoreKey(shut, "elsewhere"))
        let hot = try await store.statistics(of: open).hotKeys
        #expect(hot.map(\.key.key) == ["busy", "counter"])
        #expect(hot[0] == StoreStatistics.HotKey(key: busy, reads: 5, writes: 3))
        #expect(hot[1].writes == 1)
    }

    @Test("Ten busy keys are found among a hundred thousand others, in bounded memory")
    func needles() async throws {
        let store = store()
        for round in 0..<100_000 {
            _ = store.immediateRead(of: try StoreKey(open, "some-\(round)"))
            if round % 4 == 0 { _ = store.immediateRead(of: try StoreKey(open, "busy-\(round / 4 % 10)")) }
        }
        let hot = try await store.statistics(of: open).hotKeys
        #expect(Set(hot.map(\.key.key)) == Set((0..<10).map { "busy-\($0)" }))
        for key in hot { #expect((1_000...4_000).contains(key.reads), "\(key)") }
    }
}
