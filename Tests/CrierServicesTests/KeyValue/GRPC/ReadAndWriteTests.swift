import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import Testing

@Suite("Key-value over gRPC: reads and writes", .timeLimit(.minutes(10)))
struct ReadAndWriteTests {
    @Test(
        "What is put is got, under both names of the service",
        arguments: ["crier.v1.KeyValueService", "KeyValueService"]
    )
    func putAndGet(service: String) async throws {
        try await KeyValueServer.run { server in
            for (number, kind) in [
                Value.Kind.stringValue("Grüße"), .stringValue(""), .intValue(.min), .doubleValue(-0.5),
                .boolValue(false), .jsonValue(#"{"a":[1]}"#), .bytesValue([0, 255]),
            ]
            .enumerated() {
                let request = PutRequest(namespace: "n", key: "a/\(number) %é😀", value: Value(kind: kind))
                let put: PutResponse = try await server.call("Put", request, service: service)
                #expect(put.entry?.value?.kind == kind && put.entry?.version == 1 && put.previous == nil)
                #expect(put.position == Position(epoch: 7, revision: UInt64(number + 1)))
                let get: GetResponse = try await server.call(
                    "Get", GetRequest(namespace: "n", key: request.key), service: service
                )
                #expect(get.entry == put.entry && get.position == put.position)
            }
        }
    }

    @Test("A key that is not there is an answer without an entry")
    func absent() async throws {
        try await KeyValueServer.run { server in
            let get: GetResponse = try await server.call("Get", GetRequest(namespace: "n", key: "k"))
            #expect(get.entry == nil && get.position == Position(epoch: 7))
        }
    }

    @Test("A put over an entry tells what it was")
    func previous() async throws {
        try await KeyValueServer.run { server in
            let first = try await server.put("k", 1)
            let second = try await server.put("k", 2)
            #expect(second.previous == first.entry && second.entry?.version == 2)
            #expect(second.entry?.createRevision == 1 && second.entry?.revision == 2)
        }
    }

    @Test("A condition that does not hold is ABORTED, names the revision, and changes nothing")
    func conditions() async throws {
        try await KeyValueServer.run { server in
            try await server.put("k", 1)
            let value = Value(kind: .intValue(2))
            for condition in [
                Condition.Kind.absent(true), .revision(9), .value(value), .value(Value(kind: .doubleValue(1))),
            ] {
                let request = PutRequest(
                    namespace: "n", key: "k", value: value, condition: Condition(kind: condition)
                )
                let status = try await server.refusal("Put", request)
                #expect(status?.code == .aborted && status?.message.contains("is at revision 1") == true)
            }
            let gone = DeleteRequest(namespace: "n", key: "other", condition: Condition(kind: .present(true)))
            #expect(try await server.refusal("Delete", gone)?.message.contains("is absent") == true)
            let get: GetResponse = try await server.call("Get", GetRequest(namespace: "n", key: "k"))
            #expect(get.entry?.value?.kind == .intValue(1) && get.position?.revision == 1)
            for condition in [
                Condition.Kind.present(true), .revision(2), .value(value),
            ] {
                let request = PutRequest(
                    namespace: "n", key: "k", value: value, condition: Condition(kind: condition)
                )
                _ = try await server.call("Put", request, as: PutResponse.self)
            }
        }
    }

    @Test("Deletions of one key and of a prefix say how many went")
    func deletions() async throws {
        try await KeyValueServer.run { server in
            let put = try await server.put("a1", 1)
            try await server.put("a2", 2)
            try await server.put("b", 3)
            let one: DeleteResponse = try await server.call("Delete", DeleteRequest(namespace: "n", key: "a1"))
            #expect(one.deleted == 1 && one.previous == put.entry && one.position?.revision == 4)
            let none: DeleteResponse = try await server.call("Delete", DeleteRequest(namespace: "n", key: "a1"))
            #expect(none.deleted == 0 && none.previous == nil && none.position?.revision == 4)
            let all: DeleteResponse = try await server.call("Delete", DeleteRequest(namespace: "n", prefix: true))
            #expect(all.deleted == 2 && all.previous == nil)
        }
    }

    @Test("Increments begin at the initial value; another type is FAILED_PRECONDITION, overflow OUT_OF_RANGE")
    func increments() async throws {
        try await KeyValueServer.run { server in
            func add(_ amount: Int64) -> IncrementRequest {
                IncrementRequest(namespace: "n", key: "c", by: amount, initial: 100)
            }
            let first: PutResponse = try await server.call("Increment", add(5))
            #expect(first.entry?.value?.kind == .intValue(105) && first.previous == nil)
            let second: PutResponse = try await server.call("Increment", add(-6))
            #expect(second.entry?.value?.kind == .intValue(99) && second.previous == first.entry)
            #expect(try await server.refusal("Increment", add(.max))?.code == .outOfRange)
            let text = PutRequest(namespace: "n", key: "c", value: Value(kind: .stringValue("1")))
            _ = try await server.call("Put", text, as: PutResponse.self)
            let status = try await server.refusal("Increment", add(1))
            #expect(status?.code == .failedPrecondition && status?.message.contains("string") == true)
            #expect(status?.metadata.first("crier-error") == "wrongType")
        }
    }

    @Test("A transaction does one of its lists, at one revision, and tells each change")
    func transactions() async throws {
        try await KeyValueServer.run { server in
            try await server.put("old", 1)
            let request = TransactRequest(
                guards: [.init(namespace: "n", key: "lock", condition: Condition(kind: .absent(true)))],
                then: [
                    .init(
                        kind: .put(PutRequest(namespace: "n", key: "lock", value: Value(kind: .boolValue(true))))
                    ),
                    .init(kind: .delete(DeleteRequest(namespace: "n", key: "old"))),
                    .init(kind: .delete(DeleteRequest(namespace: "n", key: "nothing"))),
                ],
                otherwise: [.init(kind: .increment(IncrementRequest(namespace: "n", key: "misses", by: 1)))]
            )
            let first: TransactResponse = try await server.call("Transact", request)
            #expect(first.succeeded && first.position?.revision == 2)
            #expect(first.entries.map(\.key) == ["lock", "old"])
            #expect(first.entries[1] == Entry(namespace: "n", key: "old", revision: 2))
            let second: TransactResponse = try await server.call("Transact", request)
            #expect(!second.succeeded && second.entries.map(\.key) == ["misses"])
            #expect(second.entries[0].value?.kind == .intValue(1))
        }
    }

    @Test("Two clients that write at once are both answered, each with a revision of its own")
    func concurrent() async throws {
        try await KeyValueServer.run { server in
            let revisions = try await withThrowingTaskGroup(of: UInt64.self) { tasks in
                for number in 0..<200 {
                    tasks.addTask { try await server.put("k\(number % 7)", Int64(number)).position?.revision ?? 0 }
                }
                return try await tasks.reduce(into: Set<UInt64>()) { $0.insert($1) }
            }
            #expect(revisions == Set(1...200))
        }
    }

    @Test("A second message, and none at all, are INTERNAL")
    func messages() async throws {
        try await KeyValueServer.run { server in
            for method in ["Get", "Put", "Watch"] {
                let stream = server.channel.open("\(KeyValueServer.serviceName)/\(method)")
                stream.finishSending()
                let status = try await Watcher(stream: stream).refusal()
                #expect(status?.code == .internalError)
            }
        }
    }

    @Test("A store that must wait for a read answers as well, and what it cannot tell is UNKNOWN")
    func waiting() async throws {
        try await KeyValueServer.run(decorated: { WaitingStore(store: $0) }) { server in
            let put = try await server.put("k", 1)
            for isStale in [false, true] {
                let get: GetResponse = try await server.call(
                    "Get", GetRequest(namespace: "n", key: "k", stale: isStale)
                )
                #expect(get.entry == put.entry)
            }
            let status = try await server.refusal("Get", GetRequest(namespace: "n", key: "lost"))
            #expect(status?.code == .unknown && status?.message == "it may be there or not")
        }
    }
}
