import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import Testing

@Suite("Key-value over gRPC for the cluster's own gateways", .timeLimit(.minutes(2)))
struct NodeDoorTests {
    private static let one = Value(kind: .intValue(1))

    private func put(_ namespace: String, _ key: String) -> TransactRequest.Write {
        .init(kind: .put(PutRequest(namespace: namespace, key: key, value: Self.one)))
    }

    @Test("A node writes the gateway's own namespaces, wherever it is and whatever the policy says")
    func reserved() async throws {
        struct Nobody: AccessPolicy {
            func allows(_: StoreOperation, on _: StoreNamespace?, by _: Caller) -> Bool { false }
        }
        try await KeyValueServer.run(policy: Nobody(), servesNodes: true) { server in
            try await server.put("nodes/a", 1, namespace: "_registry")
            let read: GetResponse = try await server.call("Get", GetRequest(namespace: "_registry", key: "nodes/a"))
            #expect(read.entry?.value == Self.one)
        }
    }

    @Test("A transaction is answered with what was before, and with the guard that did not hold, when it is asked for")
    func changes() async throws {
        try await KeyValueServer.run(servesNodes: true) { server in
            let first = try await server.put("k", 7)
            let guards = [
                TransactRequest.Guard(namespace: "n", key: "k", condition: Condition(kind: .present(true))),
                TransactRequest.Guard(namespace: "n", key: "k", condition: Condition(kind: .absent(true))),
            ]
            let request = TransactRequest(guards: guards, otherwise: [put("n", "k")], changes: true)
            let answer: TransactResponse = try await server.call("Transact", request)
            #expect(!answer.succeeded && answer.entries.isEmpty)
            #expect(answer.refusal == TransactResponse.Refusal(index: 1, current: first.entry))
            #expect(answer.changes.map(\.kind) == [.put] && answer.changes.first?.previous == first.entry)
        }
    }

    @Test("What was before is left out of an answer that it would make too large")
    func large() async throws {
        try await KeyValueServer.run(servesNodes: true) { server in
            for index in 0..<4 {
                try await server.store.put(
                    StoreKey(StoreNamespace(constant: "n"), "k\(index)"), .bytes([UInt8](repeating: 1, count: 1 << 20))
                )
            }
            let delete = DeleteRequest(namespace: "n", key: "k", prefix: true)
            let answer: TransactResponse = try await server.call(
                "Transact", TransactRequest(then: [.init(kind: .delete(delete))], changes: true)
            )
            #expect(answer.changes.map { $0.previous != nil } == [true, true, false, false])
        }
    }

    @Test("An entry says how long its own time is, also after an increment")
    func expiry() async throws {
        try await KeyValueServer.run { server in
            let put: PutResponse = try await server.call(
                "Put", PutRequest(namespace: "n", key: "k", value: Self.one, ttlMs: 90_000)
            )
            let more: PutResponse = try await server.call(
                "Increment", IncrementRequest(namespace: "n", key: "k", by: 1))
            #expect(put.entry?.ttlMs == 90_000 && more.entry?.ttlMs == 90_000)
        }
    }
}
