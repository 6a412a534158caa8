import CrierClient
import Foundation
import Testing

extension RealProcesses {
    /// One list of what is wrong, through each door of one gateway. The doors' own tests have the fine points.
    @Suite("Bad input through every door")
    struct BadInput {
        private static let keys = [
            "", "a\u{0}b", "a\nb", "\u{7f}", "\u{85}", String(repeating: "k", count: 513),
            String(repeating: "🦊", count: 129),
        ]
        private static let namespaces = ["a/b", "a b", "ä", String(repeating: "n", count: 64)]
        private static let goodKeys = [
            "a/b//c", " ", "100%", "%00", "../..", "🦊", "e\u{301}", "a?b#c", String(repeating: "k", count: 512),
        ]
        /// A type, and text that is none of it.
        private static let values = [
            ("int", "9223372036854775808"), ("int", "-9223372036854775809"), ("int", "1.0"), ("int", "+1"), ("int", ""),
            ("double", "NaN"), ("double", "Infinity"), ("double", "1e999"), ("double", "0x10"), ("bool", "TRUE"),
            ("bool", "1"), ("json", "{\"a\":"), ("json", "[1,]"), ("json", "7"), ("bytes", "AAH"), ("bytes", "A*=="),
            ("number", "1"), ("Int", "1"),
        ]

        /// Runs `body`, and makes sure that nothing was written.
        private func unchanged(_ body: (KeyValueShell, KeyValueClient) async throws -> Void) async throws {
            try await Scenario.run { scenario in
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario))
                let link = try GatewayLink(GatewayConfiguration(kv.gateway.grpc))
                let client = KeyValueClient(link)
                let before = try await client.get("k", in: "app-1").position
                try await body(kv, client)
                #expect(try await client.get("k", in: "app-1").position == before)
                await link.close()
            }
        }

        @Test("REST: 400 for each key and value, nothing is written")
        func rest() async throws {
            try await unchanged { kv, _ in
                let put = "curl -s -o /dev/null -w '%{http_code}\\n' -X PUT -H 'Content-Type: application/json'"
                var script = ""
                let wrong =
                    Self.keys.map { ("app-1", $0, "string", "x") } + Self.namespaces.map { ($0, "k", "string", "x") }
                    + Self.values.map { ("app-1", "k", $0.0, $0.1) }
                for (namespace, key, type, value) in wrong {
                    let body = try JSONEncoder().encode(["value": value, "type": type])
                    let text = String(decoding: body, as: UTF8.self)
                    script += "\(put) \"$http/v1/kv/\(Self.encode(namespace))/\(Self.encode(key))\" -d '\(text)'\n"
                }
                let answers = try await kv.shell(script)
                #expect(answers.output == wrong.map { _ in "400" }, "\(answers.text)")
            }
        }

        @Test("The command line: refused with 64 or 1 and a word about what is wrong, nothing is written")
        func commandLine() async throws {
            try await unchanged { kv, _ in
                // An argument of a program ends at a NUL.
                for key in Self.keys where !key.contains("\u{0}") {
                    for words in [["put", key, "x"], ["get", key], ["del", key], ["incr", key], ["history", key]] {
                        let refused = try await kv.run(words)
                        #expect(refused.status == 1 && refused.text.contains("key"), "\(words) \(refused.text)")
                    }
                }
                for (type, value) in Self.values {
                    let refused = try await kv.run(["put", "k", value, "--type", type])
                    #expect(refused.status == 64 && refused.text.contains(type), "\(type) \(value) \(refused.text)")
                }
                for namespace in Self.namespaces {
                    var other = kv
                    other.namespace = namespace
                    let refused = try await other.run("put", "k", "x")
                    #expect(refused.status == 1 && refused.text.contains("namespace"), "\(refused.text)")
                }
                for (words, status, word) in [
                    (["watch", "--from", "8:x"], 64, "from"), (["get", "k", "--at", "99999999"], 1, "99999999"),
                    (["rollback", "k", "99999999"], 1, "99999999"), (["put", "k", "x", "--ttl", "0s"], 64, "ttl"),
                    (["incr", "k", "--by", "9223372036854775808"], 64, "by"),
                ] as [([String], Int32, String)] {
                    let refused = try await kv.run(words)
                    #expect(refused.status == status && refused.text.contains(word), "\(words) \(refused.text)")
                }
                let watch = try await kv.run("watch", "--from", "8:1")
                #expect(watch.status == 1 && watch.output == ["- reset epoch"])
                let txn = try await kv.shell(
                    #"kv txn <<< '{"then":[{"key":"a","value":"1"},{"key":"b","value":"2"},{"key":"a","delete":true}]}' || echo $?"#
                )
                #expect(txn.output == ["1"] && txn.text.contains("then[0] and then[2]"), "\(txn.text)")
            }
        }

        @Test("The SDK: a code and a word for each, nothing is written")
        func sdk() async throws {
            try await unchanged { kv, client in
                for key in Self.keys {
                    try await refused(.invalid, "key") { try await client.put(key, 1, in: "n") }
                    try await refused(.invalid, "key") { _ = try await client.get(key, in: "n") }
                    try await refused(.invalid, "key") { try await client.delete(key, in: "n") }
                    try await refused(.invalid, "key") { try await client.increment(key, in: "n") }
                    try await refused(.invalid, "key") { _ = try await client.history(of: key, in: "n") }
                    try await refused(.invalid, "key") { try await client.transact(Self.puts(["a", key])) }
                }
                for namespace in Self.namespaces + [""] {
                    try await refused(.invalid, "namespace") { try await client.put("k", 1, in: namespace) }
                }
                for value in [
                    KeyValue.double(.nan), .double(-.infinity), .json("7"), .json("{]"),
                    .bytes([UInt8](repeating: 0, count: (1 << 20) + 1)),
                ] { try await refused(nil, "value") { try await client.put("k", value, in: "n") } }
                try await refused(.invalid, "then[0] and then[1]") { try await client.transact(Self.puts(["a", "a"])) }
                try await refused(.invalid, "contradict") {
                    let guards = [KeyValueGuard("a", in: "n", .absent), KeyValueGuard("a", in: "n", .present)]
                    try await client.transact(KeyValueTransaction(guards: guards, then: []))
                }
                try await refused(nil, "100") { try await client.transact(Self.puts((0..<101).map(String.init))) }
                try await refused(.invalid, "time to live") {
                    try await client.put("k", 1, in: "n", expiry: .after(.zero))
                }
                try await refused(.invalid, "ttl_ms") {
                    try await client.put("k", 1, in: "n", expiry: .after(.seconds(1 << 40)))
                }
                try await refused(.leaseNotFound, "lease") {
                    try await client.put("k", 1, in: "n", expiry: .lease(7))
                }
                try await refused(.invalid, "ttl_ms") { _ = try await client.grantLease(.milliseconds(1)) }
                try await positions(client)
            }
        }

        /// Revisions and cursors from elsewhere.
        private func positions(_ client: KeyValueClient) async throws {
            let now = try await client.get("k", in: "n").position
            try await refused(.epochChanged, "ahead") { _ = try await client.get("k", in: "n", at: now.revision + 1) }
            try await refused(.invalid, "cursor") { _ = try await client.list(in: "n", cursor: "x") }
            try await refused(.invalid, "prefix") { _ = try await client.list(in: "n", prefix: "\u{0}") }
            try await refused(.invalid, "limit") { _ = try await client.list(in: "n", limit: -1) }
            try await refused(.invalid, "namespace") { _ = try await client.list(in: "", prefix: "a") }
            for position in [
                KeyValuePosition(epoch: now.epoch ^ 1, revision: now.revision),
                KeyValuePosition(epoch: now.epoch, revision: now.revision + 1),
            ] {
                var events = try await client.watch("n", from: .after(position)).makeAsyncIterator()
                #expect(try await events.next(isolation: nil) == .reset(.epoch))
            }
        }

        @Test("What is unusual and right goes in by one door and comes out of the others")
        func goodKeys() async throws {
            try await Scenario.run { scenario in
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario))
                let link = try GatewayLink(GatewayConfiguration(kv.gateway.grpc))
                let client = KeyValueClient(link)
                for key in Self.goodKeys {
                    try await kv.run(["put", key, "by the command line"])
                    #expect(try await client.get(key, in: "app-1").entry?.value == "by the command line")
                    try await client.put(key, .string(key), in: "app-1")
                    let read = try await kv.shell("curl -sf \"$http/v1/kv/app-1/\(Self.encode(key))\"")
                    let entry = try JSONSerialization.jsonObject(with: Data(read.text.utf8)) as? [String: Any]
                    #expect(entry?["key"] as? String == key && entry?["value"] as? String == key)
                }
                #expect(try await client.statistics(of: "app-1").keys == Self.goodKeys.count)
                await link.close()
            }
        }

        private static func puts(_ keys: [String]) -> KeyValueTransaction {
            KeyValueTransaction(then: keys.map { .put(namespace: "n", key: $0, value: 1) })
        }

        private func refused(
            _ code: KeyValueClientError.Code?,
            _ word: String,
            sourceLocation: SourceLocation = #_sourceLocation,
            _ body: () async throws -> Void
        ) async throws {
            let error = await #expect(throws: KeyValueClientError.self, sourceLocation: sourceLocation) {
                try await body()
            }
            #expect(code == nil || error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
        }

        private static func encode(_ text: String) -> String {
            text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
