import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import Testing

@Suite("Key-value over gRPC: what is wrong is refused by its name", .timeLimit(.minutes(10)))
struct BadInputTests {
    private static let one = Value(kind: .intValue(1))

    /// Every method that takes a key, asked with this one.
    private func refusals(_ server: KeyValueServer, namespace: String, key: String) async throws -> [GRPCStatus?] {
        [
            try await server.refusal("Get", GetRequest(namespace: namespace, key: key)),
            try await server.refusal("Put", PutRequest(namespace: namespace, key: key, value: Self.one)),
            try await server.refusal("Delete", DeleteRequest(namespace: namespace, key: key)),
            try await server.refusal("Increment", IncrementRequest(namespace: namespace, key: key, by: 1)),
            try await server.refusal("History", HistoryRequest(namespace: namespace, key: key)),
            try await server.refusal(
                "Transact",
                TransactRequest(then: [.init(kind: .delete(DeleteRequest(namespace: namespace, key: key)))])
            ),
        ]
    }

    @Test("Keys that cannot be", arguments: ["", "a\0b", "a\nb", "\u{7f}", String(repeating: "é", count: 257)])
    func keys(_ key: String) async throws {
        try await KeyValueServer.run { server in
            for status in try await refusals(server, namespace: "n", key: key) {
                #expect(status?.code == .invalidArgument && status?.message.contains("key ") == true)
            }
            #expect(try await server.store.list(StoreListRequest(.everything)).position.revision == 0)
        }
    }

    @Test("Keys of 512 bytes, with slashes, spaces, percent signs and emoji are fine")
    func goodKeys() async throws {
        try await KeyValueServer.run { server in
            for key in [String(repeating: "k", count: 512), "a/b//c", " ", "%00", "😀", "../.."] {
                let put = try await server.put(key, 1)
                #expect(put.entry?.key == key)
            }
        }
    }

    @Test("Namespaces that cannot be", arguments: ["", "a/b", "ä", "a b", String(repeating: "n", count: 64)])
    func namespaces(_ namespace: String) async throws {
        try await KeyValueServer.run { server in
            for status in try await refusals(server, namespace: namespace, key: "k") {
                #expect(status?.code == .invalidArgument && status?.message.contains("namespace") == true)
            }
        }
    }

    @Test("The gateway's own namespaces are read and never written")
    func reserved() async throws {
        try await KeyValueServer.run { server in
            let statuses = try await refusals(server, namespace: "_node", key: "k")
            #expect(statuses[0] == nil)
            for status in [statuses[1], statuses[2], statuses[3], statuses[5]] {
                #expect(status?.code == .permissionDenied && status?.message.contains("_node") == true)
            }
        }
    }

    @Test("Who may not is told so, by every method")
    func denied() async throws {
        struct Nobody: AccessPolicy {
            func allows(_: StoreOperation, on _: StoreNamespace?, by _: Caller) -> Bool { false }
        }
        try await KeyValueServer.run(policy: Nobody()) { server in
            var statuses = try await refusals(server, namespace: "n", key: "k")
            statuses.append(try await server.refusal("List", ListRequest(namespace: "n")))
            statuses.append(try await server.refusal("Stats", StatsRequest(namespace: "n")))
            statuses.append(try await server.refusal("GrantLease", GrantLeaseRequest(ttlMs: 5000)))
            statuses.append(try await server.refusal("Backup", BackupRequest()))
            statuses.append(try await server.watch(WatchRequest(namespace: "n")).refusal())
            statuses.append(try await server.watch(WatchRequest(namespace: "n", snapshot: true)).refusal())
            for status in statuses { #expect(status?.code == .permissionDenied) }
        }
    }

    @Test("Puts that mean nothing or two things")
    func puts() async throws {
        try await KeyValueServer.run { server in
            func put(
                _ value: Value? = Self.one, _ condition: Condition? = nil, ttl: Int64 = 0, lease: UInt64 = 0
            ) -> PutRequest {
                PutRequest(namespace: "n", key: "k", value: value, condition: condition, ttlMs: ttl, leaseID: lease)
            }
            let long = Value(kind: .bytesValue([UInt8](repeating: 0, count: KeyValueLimits.valueBytes + 1)))
            for (request, word) in [
                (put(nil), "value"), (put(Value()), "value"), (put(Value(kind: .doubleValue(.nan))), "finite"),
                (put(Value(kind: .doubleValue(-.infinity))), "finite"), (put(Value(kind: .jsonValue("1"))), "value"),
                (put(Value(kind: .jsonValue("{]"))), "value"), (put(long), "\(KeyValueLimits.valueBytes)"),
                (put(ttl: -1), "ttl_ms"), (put(ttl: .max), "ttl_ms"), (put(ttl: 5, lease: 1), "lease_id"),
                (put(Self.one, Condition()), "condition"),
                (put(Self.one, Condition(kind: .absent(false))), "condition.absent"),
                (put(Self.one, Condition(kind: .present(false))), "condition.present"),
                (put(Self.one, Condition(kind: .value(Value()))), "condition.value"),
                (put(Self.one, Condition(kind: .value(Value(kind: .doubleValue(.nan))))), "condition.value"),
            ] {
                let status = try await server.refusal("Put", request)
                #expect(status?.code == .invalidArgument && status?.message.contains(word) == true, "\(request)")
            }
            let both = DeleteRequest(
                namespace: "n", key: "k", prefix: true, condition: Condition(kind: .present(true))
            )
            #expect(try await server.refusal("Delete", both)?.code == .invalidArgument)
        }
    }

    @Test("Transactions that contradict themselves are refused, naming both places")
    func transactions() async throws {
        try await KeyValueServer.run { server in
            func guardOf(_ kind: Condition.Kind?) -> TransactRequest.Guard {
                .init(namespace: "n", key: "k", condition: kind.map { Condition(kind: $0) })
            }
            func put(_ key: String, condition: Condition? = nil) -> TransactRequest.Write {
                .init(kind: .put(PutRequest(namespace: "n", key: key, value: Self.one, condition: condition)))
            }
            let other = Value(kind: .intValue(2))
            for (request, word) in [
                (TransactRequest(), "empty"),
                (TransactRequest(then: [put("a"), put("b"), put("a")]), "then[0] and then[2]"),
                (TransactRequest(otherwise: [put("a"), put("a")]), "otherwise[0] and otherwise[1]"),
                (
                    TransactRequest(guards: [guardOf(.absent(true)), guardOf(.present(true))]),
                    "guards[0] and guards[1]"
                ), (TransactRequest(guards: [guardOf(.revision(1)), guardOf(.revision(2))]), "contradict"),
                (TransactRequest(guards: [guardOf(.value(Self.one)), guardOf(.value(other))]), "contradict"),
                (TransactRequest(guards: [guardOf(nil)]), "guards[0]: condition"),
                (TransactRequest(then: [put("a"), .init()]), "then[1]"),
                (TransactRequest(then: [put("a", condition: Condition(kind: .absent(true)))]), "guards"),
                (TransactRequest(then: [put("a"), put("")]), "then[1]: key"),
                (TransactRequest(then: (0..<101).map { put("\($0)") }), "100"),
            ] {
                let status = try await server.refusal("Transact", request)
                #expect(status?.code == .invalidArgument && status?.message.contains(word) == true, "\(word)")
            }
            #expect(try await server.store.list(StoreListRequest(.everything)).position.revision == 0)
        }
    }

    @Test("Bytes that are no request name the message")
    func malformed() async throws {
        try await KeyValueServer.run { server in
            for method in ["Get", "Put", "List", "Transact", "Watch"] {
                let stream = server.channel.open("\(KeyValueServer.serviceName)/\(method)")
                try await stream.send(frame(raw: [0x0a]))
                let status = try await Watcher(stream: stream).refusal()
                #expect(status?.code == .invalidArgument && status?.message.contains("\(method)Request") == true)
            }
        }
    }
}
