import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import Testing

@Suite("Key-value over gRPC: the past, leases, statistics, backups", .timeLimit(.minutes(10)))
struct QueryTests {
    @Test("History is newest first, with what was before")
    func history() async throws {
        try await KeyValueServer.run { server in
            let first = try await server.put("k", 1)
            let second = try await server.put("k", 2)
            _ = try await server.call("Delete", DeleteRequest(namespace: "n", key: "k"), as: DeleteResponse.self)
            let gone = Change(
                kind: .delete, entry: Entry(namespace: "n", key: "k", revision: 3), previous: second.entry
            )
            let history: HistoryResponse = try await server.call(
                "History", HistoryRequest(namespace: "n", key: "k", limit: 2)
            )
            #expect(history.changes == [gone, Change(entry: second.entry, previous: first.entry)])
            #expect(history.position == Position(epoch: 7, revision: 3))
            let negative = HistoryRequest(namespace: "n", key: "k", limit: -1)
            #expect(try await server.refusal("History", negative)?.message.contains("limit") == true)
        }
    }

    @Test("History of large values stays below what gRPC clients take")
    func largeHistory() async throws {
        try await KeyValueServer.run { server in
            let key = try StoreKey(StoreNamespace("n"), "k")
            for number in 0..<8 {
                try await server.store.put(key, .bytes([UInt8](repeating: UInt8(number), count: 1 << 20)))
            }
            let request = HistoryRequest(namespace: "n", key: "k")
            let bytes = try await server.channel.unary("\(KeyValueServer.serviceName)/History", request.framed)
            let revisions = try HistoryResponse(bytes).changes.map { $0.entry?.revision }
            #expect(bytes.readableBytes < 4 << 20 && revisions.first == 8 && !revisions.isEmpty)
        }
    }

    @Test("An entry as it was; a revision that is compacted or that never was is OUT_OF_RANGE")
    func past() async throws {
        let store = MemoryKeyValueStore(epoch: 7, retainedRevisions: 2)
        try await KeyValueServer.run(store: store) { server in
            for number in 1...10 { try await server.put("k", Int64(number)) }
            func at(_ revision: UInt64) -> GetRequest { GetRequest(namespace: "n", key: "k", atRevision: revision) }
            let then: GetResponse = try await server.call("Get", at(9))
            #expect(then.entry?.value?.kind == .intValue(9))
            for revision in [1, 11, .max] as [UInt64] {
                #expect(try await server.refusal("Get", at(revision))?.code == .outOfRange)
            }
        }
    }

    @Test("A lease's entries go with it; one that is not there is NOT_FOUND, in every method")
    func leases() async throws {
        try await KeyValueServer.run { server in
            let lease: Lease = try await server.call("GrantLease", GrantLeaseRequest(ttlMs: 60_000))
            let request = LeaseRequest(leaseID: lease.leaseID)
            #expect(lease.ttlMs == 60_000 && lease.leaseID != 0)
            #expect(try await server.call("RenewLease", request) == lease)
            let put = PutRequest(
                namespace: "n", key: "k", value: Value(kind: .boolValue(true)), leaseID: lease.leaseID
            )
            let written: PutResponse = try await server.call("Put", put)
            #expect(written.entry?.leaseID == lease.leaseID)
            _ = try await server.call("RevokeLease", request, as: Lease.self)
            let get: GetResponse = try await server.call("Get", GetRequest(namespace: "n", key: "k"))
            #expect(get.entry == nil && get.position?.revision == 2)
            #expect(try await server.refusal("RenewLease", request)?.code == .notFound)
            #expect(try await server.refusal("RevokeLease", request)?.code == .notFound)
            #expect(try await server.refusal("Put", put)?.code == .notFound)
        }
    }

    @Test("Leases outside their limits, and none at all, are INVALID_ARGUMENT")
    func leaseLimits() async throws {
        try await KeyValueServer.run { server in
            for time in [0, -1, 1999, 86_400_001, .max] as [Int64] {
                let status = try await server.refusal("GrantLease", GrantLeaseRequest(ttlMs: time))
                #expect(status?.code == .invalidArgument && status?.message.contains("ttl_ms") == true)
            }
            for method in ["RenewLease", "RevokeLease"] {
                let status = try await server.refusal(method, LeaseRequest())
                #expect(status?.code == .invalidArgument && status?.message.contains("lease_id") == true)
            }
        }
    }

    @Test("Expiry travels both ways")
    func expiry() async throws {
        try await KeyValueServer.run { server in
            let put = PutRequest(namespace: "n", key: "k", value: Value(kind: .intValue(1)), ttlMs: 60_000)
            let written: PutResponse = try await server.call("Put", put)
            let entry = try #require(written.entry)
            #expect(entry.expiresAt == entry.updatedAt + 60_000 && entry.leaseID == 0)
        }
    }

    @Test("Statistics count keys, bytes and watchers, and name the busiest keys")
    func statistics() async throws {
        try await KeyValueServer.run { server in
            for key in ["a", "b"] { try await server.put(key, 1) }
            for _ in 0..<5 {
                _ = try await server.call("Get", GetRequest(namespace: "n", key: "b"), as: GetResponse.self)
            }
            let watcher = try await server.watch(WatchRequest(namespace: "n"))
            _ = try await watcher.next()
            let stats: StatsResponse = try await server.call("Stats", StatsRequest(namespace: "n"))
            #expect(stats.keys == 2 && stats.bytes > 0 && stats.watchers == 1)
            #expect(stats.hotKeys.first == StatsResponse.HotKey(namespace: "n", key: "b", reads: 5, writes: 1))
            #expect(try await server.refusal("Stats", StatsRequest())?.message.contains("namespace") == true)
        }
    }

    @Test("Namespaces are those that hold anything")
    func namespaces() async throws {
        try await KeyValueServer.run { server in
            try await server.put("k", 1, namespace: "b")
            try await server.put("k", 1, namespace: "a")
            let listed: ListNamespacesResponse = try await server.call("ListNamespaces", ListNamespacesRequest())
            #expect(listed.namespaces.map(\.namespace) == ["a", "b"] && listed.position?.revision == 2)
        }
    }

    @Test("A backup comes whole, piece by piece, and its first piece says how long it is")
    func backup() async throws {
        let content = (0..<3).map { [UInt8](repeating: $0, count: 100) }
        try await KeyValueServer.run(decorated: { WaitingStore(store: $0, pieces: content) }) { server in
            let stream = server.channel.open("\(KeyValueServer.serviceName)/Backup")
            try await stream.send(BackupRequest().framed)
            stream.finishSending()
            var chunks: [BackupChunk] = []
            while let bytes = try await stream.next() { chunks.append(try BackupChunk(bytes)) }
            #expect(chunks.map(\.content) == content && chunks.map(\.totalSize) == [300, 0, 0])
        }
        try await KeyValueServer.run { server in
            // The store in memory makes none.
            let status = try await server.watchless("Backup", BackupRequest())
            #expect(status?.code == .unavailable)
        }
    }
}

extension KeyValueServer {
    /// How a method that streams its answer refuses.
    fileprivate func watchless(_ method: String, _ request: some WireMessage) async throws -> GRPCStatus? {
        let stream = channel.open("\(Self.serviceName)/\(method)")
        try await stream.send(request.framed)
        stream.finishSending()
        return try await Watcher(stream: stream).refusal()
    }
}
