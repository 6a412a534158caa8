import Foundation
import Testing

extension RealProcesses {
    @Suite("crier kv")
    struct KeyValueCommands {
        @Test(
            "Values of every type go in and come out, by arguments and by standard input",
            arguments: StateBackend.allCases)
        func types(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario, state))
                let values = [
                    ("string", "Grüße\n\"x\""), ("int", "-9223372036854775808"), ("double", "0.1"), ("bool", "true"),
                    ("json", #"{"b":[1,2],"a":null}"#), ("bytes", "AP8K"),
                ]
                for (type, value) in values {
                    let position = try await kv("put", "k/\(type)", value, "--type", type)
                    #expect(position.first?.wholeMatch(of: /[0-9]+:[0-9]+/) != nil)
                    let entry = try await kv.object("get", "k/\(type)")
                    #expect(entry["value"] as? String == value && entry["type"] as? String == type)
                }
                #expect(try await kv("get", "k/int") == ["-9223372036854775808"])
                let piped = try await kv.shell(
                    """
                    printf 'a\\0\\377\\n' | kv put raw - --type bytes > /dev/null
                    kv get raw --raw | od -An -tx1
                    printf ' 7\\n' | kv put piped - --type int > /dev/null; kv get piped
                    printf 'two\\nlines\\n' | kv put text - > /dev/null; kv get text --raw
                    """
                )
                #expect(piped.output == [" 61 00 ff 0a", "7", "two", "lines"], "\(piped.text)")
            }
        }

        @Test("Each outcome has its exit status")
        func exitStatus() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let kv = KeyValueShell(scenario: scenario, gateway: gateway)
                #expect(try await kv.run("get", "nothing").status == 2)
                #expect(try await kv("del", "nothing") == ["0"])
                try await kv("put", "state", "idle", "--if-absent")
                #expect(try await kv.run("put", "state", "other", "--if-absent").status == 1)
                #expect(try await kv.run("put", "new", "x", "--if-present").status == 1)
                let revision = try #require(try await kv.object("get", "state")["revision"] as? Int)
                #expect(try await kv.run("put", "state", "x", "--if-revision", "\(revision + 1)").status == 1)
                try await kv("put", "state", "busy", "--if-revision", "\(revision)")
                #expect(try await kv.run("cas", "state", "idle", "x").status == 1)
                #expect(try await kv("cas", "state", "busy", "idle") == ["idle"])
                #expect(try await kv.run("del", "state", "--if-revision", "1").status == 1)
                #expect(try await kv.run("incr", "state").status == 1)
                #expect(try await kv.run("put", "k", "x", "--type", "int").status == 64)
                #expect(try await kv.run("put", "k\u{1}", "x").status == 1)
                var reserved = kv
                reserved.namespace = "_node"
                #expect(try await reserved.run("put", "boots", "0").status == 77)
                try await gateway.program.kill9()
                #expect(try await kv.run("get", "state").status == 69)
            }
        }

        @Test("Without a namespace the command line says what to do; the environment may name one")
        func namespaces() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                func run(_ environment: [String: String]) async throws -> Finished {
                    let arguments = ["kv", "incr", "n", "--gateway", gateway.grpc]
                    let program = try scenario.start(Scenario.crier, arguments, environment: environment)
                    let reason = try await program.ended()
                    return Finished(reason: reason, output: program.output.lines, errors: program.errors.lines)
                }
                let lost = try await run([:])
                #expect(lost.status == 64 && lost.text.contains("CRIER_APP_NAME"))
                #expect(try await run(["CRIER_APP_NAME": "app"]).output == ["1"])
                #expect(try await run(["CRIER_APP_NAME": "app", "CRIER_INSTANCE_ID": "own"]).output == ["1"])
                #expect(try await run(["CRIER_APP_NAME": "app"]).output == ["2"])
            }
        }

        @Test("Counters, transactions, history and rollback", arguments: StateBackend.allCases)
        func changes(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario, state))
                #expect(try await kv("incr", "stock", "--by", "4") == ["4"])
                #expect(try await kv("incr", "stock", "--by", "-1") == ["3"])
                let bought = try await kv.shell(
                    """
                    txn='{"if":[{"key":"stock","value":"3","type":"int"}],"then":[{"key":"stock","increment":-1},
                          {"key":"order","value":{"n":1},"type":"json"}],"else":[{"key":"refused","increment":1}]}'
                    kv txn <<< "$txn"
                    kv txn <<< "$txn" || echo "status $?"
                    """
                )
                #expect(bought.output.count == 3 && bought.output[0].hasPrefix("then "), "\(bought.text)")
                #expect(bought.output[1].hasPrefix("else ") && bought.output[2] == "status 1")
                #expect(try await kv("get", "refused") == ["1"])
                let history = try #require(try await kv.json("history", "stock") as? [[String: Any]])
                #expect(history.map { $0["value"] as? String } == ["2", "3", "4"])
                let first = try #require(history.last?["revision"] as? Int)
                #expect(try await kv("rollback", "stock", "\(first)") == ["4"])
                let second = try #require(history[1]["revision"] as? Int)
                #expect(try await kv("get", "stock", "--at", "\(second)") == ["3"])
                #expect(try await kv.run("rollback", "order", "\(first)").status == 2)
            }
        }

        @Test("Lists, deletions by prefix and statistics", arguments: StateBackend.allCases)
        func lists(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario, state))
                #expect(try await kv.json("list") as? [String] == [])
                let written = try await kv.shell(
                    #"for i in $(seq 1 2500); do echo "{\"key\":\"task.$i\",\"value\":\"$i\",\"type\":\"int\"}"; done"#
                        + " | kv import; kv put other x > /dev/null"
                )
                #expect(written.output == ["imported 2500"], "\(written.text)")
                let all = try #require(try await kv.json("list", "--prefix", "task.") as? [[String: Any]])
                let keys = all.compactMap { $0["key"] as? String }
                #expect(keys.count == 2500 && keys == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
                #expect(try await kv("list", "--keys", "--limit", "2") == ["other", "task.1"])
                let namespaces = try #require(try await kv.json("stats", "--all") as? [[String: Any]])
                #expect(namespaces.contains { $0["namespace"] as? String == "app-1" && $0["keys"] as? Int == 2501 })
                #expect(try await kv("del", "--prefix", "task.") == ["2500"])
                let statistics = try await kv.object("stats")
                #expect(statistics["keys"] as? Int == 1)
            }
        }

        @Test(
            "An entry with a time to live goes by itself, never early, and watchers hear that it expired",
            arguments: StateBackend.allCases)
        func timeToLive(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario, state))
                let position = try #require(try await kv("put", "begin", "x").first)
                let clock = ContinuousClock()
                let begin = clock.now
                try await kv("put", "session", "alive", "--ttl", "900ms")
                let watch = try kv.start("watch", "--from", position, "--count", "2")
                #expect(try await watch.ended() == .exited(0))
                #expect(clock.now - begin >= .milliseconds(900))
                #expect(
                    watch.output.lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
                        == ["put session alive", "expire session"])
                #expect(try await kv.run("get", "session").status == 2)
                try await kv("put", "lasting", "alive", "--ttl", "1h")
                #expect(try await kv.object("get", "lasting")["expiresAt"] is Double)
            }
        }
    }
}
