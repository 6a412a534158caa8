import CrierCore
import NIOCore
import Synchronization
import Testing

private let room = StoreNamespace(constant: "feed")

private final class Counter: Sendable {
    let count = Atomic<Int>(0)
}

@Suite("ChangeFeed", .timeLimit(.minutes(10)))
struct ChangeFeedTests {
    @Test("A watcher that lagged beyond the log hears that it was compacted, and nothing wrong before")
    func compaction() async throws {
        let store = MemoryKeyValueStore(retainedRevisions: 10)
        let start = try await store.put(StoreKey(room, "k"), .integer(0)).position
        for value in 1...30 { try await store.put(StoreKey(room, "k"), .integer(Int64(value))) }
        await #expect(throws: KeyValueError.self) { try await store.watch(.everything, after: start) }
    }

    @Test("What nobody watches is not even made")
    func unwatched() {
        let made = Counter()
        func sets() -> [StoreChangeSet] {
            made.count.add(1, ordering: .relaxed)
            return []
        }
        ChangeFeed().publish(sets())
        #expect(made.count.load(ordering: .relaxed) == 0)
    }

    @Test("An idle watcher hears where the store is")
    func progress() async throws {
        let store = MemoryKeyValueStore()
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let other = try await store.put(StoreKey(StoreNamespace(constant: "elsewhere"), "k"), .integer(1))
        store.announceProgress()
        #expect(try await watch.next() == .progress(other.position))
    }

    @Test("A bookmark never overtakes a change that still waits to be read")
    func progressStaysBehindChanges() async throws {
        let store = MemoryKeyValueStore()
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        store.announceProgress()
        let change = try await store.put(StoreKey(room, "k"), .integer(1))
        store.announceProgress()
        var positions: [UInt64] = []
        while positions.last != change.position.revision, let event = try await watch.next() {
            positions.append(event.position.revision)
            if case .changes = event { break }
        }
        #expect(positions == positions.sorted())
    }

    @Test("Closing the store ends a watch after what was queued, and says why")
    func closing() async throws {
        let store = MemoryKeyValueStore()
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let change = try await store.put(StoreKey(room, "k"), .integer(1))
        store.close()
        #expect(try await watch.next()?.position == change.position)
        await #expect(throws: StoreReset.closed) { _ = try await watch.next() }
    }

    @Test("Watchers of one scope get the very same set, encoded once")
    func encodedOnce() async throws {
        let store = MemoryKeyValueStore()
        var first = try await store.watch(StoreScope(room, prefix: "k"), after: nil).makeAsyncIterator()
        var second = try await store.watch(StoreScope(room, prefix: "k"), after: nil).makeAsyncIterator()
        try await store.transact(
            StoreTransaction(then: [.put(StoreKey(room, "k"), .integer(1)), .put(StoreKey(room, "x"), .integer(1))])
        )
        var made = 0
        for event in [try await first.next(), try await second.next()] {
            guard case .changes(let set)? = event else { continue }
            #expect(set.changes.map(\.key.key) == ["k"])
            let bytes = set.encoded(as: .message) {
                made += 1
                return ByteBuffer(string: "form")
            }
            #expect(String(buffer: bytes) == "form")
        }
        #expect(made == 1)
    }

    @Test("However many ask at once for a form, it is made once")
    func encodedOnceByMany() async {
        let set = StoreChangeSet(position: StorePosition(epoch: 1, revision: 1), changes: [])
        let made = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let bytes = set.encoded(as: .serverSentEvents) {
                        made.count.add(1, ordering: .relaxed)
                        return ByteBuffer(string: "form")
                    }
                    #expect(bytes.readableBytes == 4)
                }
            }
        }
        #expect(made.count.load(ordering: .relaxed) == 1)
    }

    @Test("Each form of a set is made apart from the others, and is no part of its equality")
    func forms() throws {
        let position = StorePosition(epoch: 1, revision: 1)
        let set = StoreChangeSet(position: position, changes: [])
        for (index, form) in StoreChangeEncoding.allCases.enumerated() {
            #expect(set.encoded(as: form) { ByteBuffer(integer: UInt8(index)) }.readableBytes == 1)
        }
        for (index, form) in StoreChangeEncoding.allCases.enumerated() {
            let bytes = set.encoded(as: form) { ByteBuffer() }
            #expect(bytes.getInteger(at: 0, as: UInt8.self) == UInt8(index))
        }
        #expect(set == StoreChangeSet(position: position, changes: []))
    }

    @Test("Every watcher hears what its scope holds, whichever scopes the others have")
    func scopes() async throws {
        let store = MemoryKeyValueStore()
        let other = StoreNamespace(constant: "other")
        let scopes = [
            .everything, StoreScope(room), StoreScope(room, prefix: "a"), StoreScope(room, prefix: "ab"),
            StoreScope(room, prefix: "abc"), StoreScope(room, prefix: "b"), StoreScope(room, prefix: "caf\u{e9}"),
            StoreScope(room, prefix: "cafe\u{301}"), StoreScope(other), StoreScope(other, prefix: "a"),
        ]
        var watches: [(StoreScope, StoreWatch.Iterator)] = []
        for scope in scopes + scopes {
            watches.append((scope, try await store.watch(scope, after: nil).makeAsyncIterator()))
        }
        let names = ["a", "ab", "abc", "b", "caf\u{e9}", "cafe\u{301}", "z"]
        for namespace in [room, other] {
            let writes = try names.map { StoreWrite.put(try StoreKey(namespace, $0), .bool(true)) }
            try await store.transact(StoreTransaction(then: writes))
        }
        store.close()
        for (scope, watch) in watches {
            var watch = watch
            var heard: [StoreKey] = []
            do {
                while case .changes(let set)? = try await watch.next() { heard += set.changes.map(\.key) }
            } catch StoreReset.closed {}
            let all = try [room, other].flatMap { namespace in try names.map { try StoreKey(namespace, $0) } }
            #expect(heard == all.filter(scope.contains), "\(scope)")
        }
    }

    @Test("Watchers are counted by namespace until they are let go of")
    func counts() async throws {
        let feed = ChangeFeed()
        func subscribe(_ scope: StoreScope) -> StoreWatch {
            StoreWatch(ChangeSubscription(scope: scope, after: 0, feed: feed) { _, _ in })
        }
        var watches = [subscribe(StoreScope(room)), subscribe(StoreScope(room, prefix: "k")), subscribe(.everything)]
        #expect(feed.watcherCount(of: room) == 2)
        #expect(feed.watcherCount == 3)
        watches.removeFirst()
        #expect(feed.watcherCount(of: room) == 1)
        watches.removeAll()
        #expect(feed.watcherCount(of: room) == 0)
        #expect(feed.watcherCount == 0)
    }

    @Test("A watcher that was quiet while the log was cut, and then flooded, goes on without a reset")
    func quietThenFlooded() async throws {
        let store = MemoryKeyValueStore(retainedRevisions: 200)
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let other = StoreNamespace(constant: "elsewhere")
        for value in 0..<1_000 { try await store.put(StoreKey(other, "k"), .integer(Int64(value))) }
        let many = try (0..<100).map { StoreWrite.put(try StoreKey(room, "k\($0)"), .bool(true)) }
        for _ in 0..<150 { try await store.transact(StoreTransaction(then: many)) }
        var revisions: [UInt64] = []
        while revisions.count < 150, case .changes(let set)? = try await watch.next() {
            revisions.append(set.position.revision)
        }
        #expect(revisions == Array(1_001...1_150))
    }

    @Test("Ten thousand watchers of one key all hear of a change")
    func manyWatchers() async throws {
        let store = MemoryKeyValueStore()
        let watches = try await (0..<10_000)
            .asyncMap { _ in try await store.watch(StoreScope(room, prefix: "k"), after: nil) }
        let change = try await store.put(StoreKey(room, "k"), .integer(1))
        for watch in watches {
            var iterator = watch.makeAsyncIterator()
            #expect(try await iterator.next()?.position == change.position)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<R>(_ transform: (Element) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
