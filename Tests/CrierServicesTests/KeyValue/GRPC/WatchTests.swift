import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import Testing

@Suite("Key-value over gRPC: watches", .timeLimit(.minutes(10)))
struct WatchTests {
    @Test("It begins with a position, then tells every change of its scope, a revision a message")
    func changes() async throws {
        try await KeyValueServer.run { server in
            try await server.put("before", 1)
            let watcher = try await server.watch(WatchRequest(namespace: "n", prefix: "a"))
            #expect(try await watcher.next() == WatchResponse(position: Position(epoch: 7, revision: 1)))
            let first = try await server.put("a1", 1)
            try await server.put("b", 1)
            let second = try await server.put("a1", 2)
            _ = try await server.call("Delete", DeleteRequest(namespace: "n", prefix: true), as: DeleteResponse.self)
            #expect(
                try await watcher.next()
                    == WatchResponse(changes: [Change(entry: first.entry)], position: first.position)
            )
            #expect(
                try await watcher.next()
                    == WatchResponse(changes: [Change(entry: second.entry)], position: second.position)
            )
            let gone = Change(kind: .delete, entry: Entry(namespace: "n", key: "a1", revision: 5))
            #expect(
                try await watcher.next()
                    == WatchResponse(changes: [gone], position: Position(epoch: 7, revision: 5))
            )
        }
    }

    @Test("With previous, changes carry what was; watchers of both kinds hear the same")
    func previous() async throws {
        try await KeyValueServer.run { server in
            let plain = try await server.watch(WatchRequest())
            let full = try await server.watch(WatchRequest(previous: true))
            for watcher in [plain, full] { _ = try await watcher.next() }
            let first = try await server.put("a", 1)
            let second = try await server.put("a", 2)
            for _ in 0..<2 { #expect(try await plain.revision()?.changes.first?.previous == nil) }
            #expect(try await full.revision()?.changes == [Change(entry: first.entry)])
            #expect(try await full.revision()?.changes == [Change(entry: second.entry, previous: first.entry)])
        }
    }

    @Test("A snapshot, its end, then changes")
    func snapshot() async throws {
        try await KeyValueServer.run { server in
            var entries: [Entry] = []
            for number in 0..<3 { entries.append(try #require(try await server.put("k\(number)", 1).entry)) }
            let watcher = try await server.watch(WatchRequest(namespace: "n", snapshot: true))
            #expect(try await watcher.next() == WatchResponse(changes: entries.map { Change(entry: $0) }))
            let end = WatchResponse(position: Position(epoch: 7, revision: 3), snapshotEnd: true)
            #expect(try await watcher.next() == end)
            let put = try await server.put("k1", 2)
            #expect(try await watcher.revision()?.changes == [Change(entry: put.entry)])
        }
    }

    @Test("It goes on after any position without a gap, however long ago, and twice tells nothing")
    func resume() async throws {
        try await KeyValueServer.run { server in
            let most = 2 * KeyValueLimits.watchPageChanges
            let namespace = try StoreNamespace("n")
            for number in 1...most { try await server.store.put(StoreKey(namespace, "k"), .integer(Int64(number))) }
            for start in [0, 1, most / 2, most - 1] {
                let after = Position(epoch: 7, revision: UInt64(start))
                let watcher = try await server.watch(WatchRequest(namespace: "n", after: after))
                for revision in (start + 1)...most {
                    #expect(try await watcher.revision()?.position?.revision == UInt64(revision))
                }
                watcher.stream.cancel()
            }
        }
    }

    @Test("A position that does not count any more is a reset, the last message, and the stream ends with OK")
    func resets() async throws {
        let store = MemoryKeyValueStore(epoch: 7, retainedRevisions: 2)
        try await KeyValueServer.run(store: store) { server in
            for number in 0..<10 { try await server.put("k", Int64(number)) }
            for (position, reset) in [
                (Position(epoch: 7, revision: 1), WatchResponse.Reset.compacted),
                (Position(epoch: 8, revision: 1), .epoch), (Position(epoch: 7, revision: 99), .epoch),
            ] {
                let watcher = try await server.watch(WatchRequest(namespace: "n", after: position))
                #expect(try await watcher.next() == WatchResponse(reset: reset))
                #expect(try await watcher.next() == nil)
            }
        }
    }

    @Test("A store that closes ends its watches with UNAVAILABLE")
    func closing() async throws {
        try await KeyValueServer.run { server in
            let watcher = try await server.watch(WatchRequest())
            _ = try await watcher.next()
            server.store.close()
            #expect(try await watcher.refusal()?.code == .unavailable)
        }
    }

    @Test("A position comes although nothing happens in the scope")
    func progress() async throws {
        try await KeyValueServer.run { server in
            let watcher = try await server.watch(WatchRequest(namespace: "n"))
            _ = try await watcher.next()
            let elsewhere = try await server.put("k", 1, namespace: "other")
            server.store.announceProgress()
            #expect(try await watcher.next() == WatchResponse(position: elsewhere.position))
        }
    }

    @Test("A revision that is too large for a message comes in several, and only the last has the position")
    func largeRevision() async throws {
        try await KeyValueServer.run { server in
            let namespace = try StoreNamespace("n")
            let value = StoreValue.bytes([UInt8](repeating: 1, count: 900_000))
            for number in 0..<5 { try await server.store.put(StoreKey(namespace, "\(number)"), value) }
            let watcher = try await server.watch(WatchRequest(namespace: "n", previous: true))
            _ = try await watcher.next()
            _ = try await server.call("Delete", DeleteRequest(namespace: "n", prefix: true), as: DeleteResponse.self)
            var keys: [String] = []
            var positions: [Position?] = []
            repeat {
                let response = try #require(try await watcher.next())
                keys += response.changes.compactMap { $0.entry?.key }
                positions.append(response.position)
            } while positions.last == .some(nil)
            #expect(keys == ["0", "1", "2", "3", "4"] && positions.count == 5)
            #expect(positions == [nil, nil, nil, nil, Position(epoch: 7, revision: 6)])
        }
    }

    @Test("A watcher that does not read costs nobody anything, and misses nothing once it reads")
    func slowReader() async throws {
        try await KeyValueServer.run { server in
            let slow = try await server.watch(WatchRequest(namespace: "n"))
            let quick = try await server.watch(WatchRequest(namespace: "n"))
            for watcher in [slow, quick] { _ = try await watcher.next() }
            let namespace = try StoreNamespace("n")
            let value = String(repeating: "x", count: 1000)
            // More than windows, socket buffers and the store's queue hold together.
            let most = KeyValueLimits.watchBufferedChanges + 5000
            for number in 1...most {
                try await server.store.put(StoreKey(namespace, "k"), .string("\(number) \(value)"))
            }
            for watcher in [quick, slow] {
                for revision in 1...most {
                    #expect(try await watcher.revision()?.position?.revision == UInt64(revision))
                }
            }
        }
    }

    @Test("A watcher that reads nothing for too long is reset, and what it had unread comes first, without a gap")
    func stalledReader() async throws {
        try await KeyValueServer.run(watchStall: .milliseconds(20)) { server in
            let namespace = try StoreNamespace("n")
            let watcher = try await server.watch(WatchRequest(namespace: "n"))
            _ = try await watcher.next()
            let value = String(repeating: "x", count: 500_000)
            // More than windows and socket buffers hold, so that something waits whenever it is looked at.
            for _ in 0..<40 { try await server.store.put(StoreKey(namespace, "k"), .string(value)) }
            while try await server.store.statistics(of: namespace).watchers > 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            var revisions: [UInt64] = []
            while let response = try await watcher.next() {
                if let position = response.position { revisions.append(position.revision) }
                if response.reset != .none { #expect(response == WatchResponse(reset: .overflow)) }
            }
            #expect(!revisions.isEmpty && revisions.count < 40)
            #expect(revisions == Array(1...UInt64(revisions.count)))
        }
    }

    @Test("Many watches on one connection hear a change each, and one that is cancelled leaves the others alone")
    func many() async throws {
        try await KeyValueServer.run { server in
            var watchers: [Watcher] = []
            for _ in 0..<50 {
                let watcher = try await server.watch(WatchRequest(namespace: "n", prefix: "k"))
                _ = try await watcher.next()
                watchers.append(watcher)
            }
            watchers.removeFirst().stream.cancel()
            let put = try await server.put("k", 1)
            for watcher in watchers { #expect(try await watcher.revision()?.position == put.position) }
        }
    }

    @Test("A snapshot together with a position, and a prefix without a namespace, are INVALID_ARGUMENT")
    func refusals() async throws {
        try await KeyValueServer.run { server in
            for (request, word) in [
                (WatchRequest(after: Position(), snapshot: true), "snapshot"), (WatchRequest(prefix: "a"), "namespace"),
                (WatchRequest(namespace: "a/b"), "namespace"), (WatchRequest(namespace: "n", prefix: "\n"), "prefix"),
            ] {
                let status = try await server.watch(request).refusal()
                #expect(status?.code == .invalidArgument && status?.message.contains(word) == true)
            }
        }
    }
}
