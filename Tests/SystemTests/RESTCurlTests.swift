import Foundation
import Testing

extension RealProcesses {
    /// The key-value state as a first user meets it: with curl alone.
    @Suite("REST with curl")
    struct RESTWithCurl {
        @Test(
            "The seven commands of a first user: put an int, get it, list, prefix, batch, delete, and a stream sees all",
            arguments: StateBackend.allCases)
        func sevenCommands(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let gateway = try await Gateway.start(scenario, state)
                let stream = try follow(scenario, gateway, "namespace=app-1")
                try await stream.line(containing: "event: bookmark")
                let put = try await shell(
                    scenario, gateway,
                    #"curl -s -X PUT $kv/app-1/counter -H 'Content-Type: application/json' -d '{"value":"100","type":"int"}'"#
                )
                #expect(put == #"{"namespace":"app-1","key":"counter","value":"100","type":"int"}"#)
                let get = try await shell(scenario, gateway, "curl -s $kv/app-1/counter")
                #expect(get.hasPrefix(#"{"namespace":"app-1","key":"counter","value":"100","type":"int","updatedAt":"#))
                #expect(try await shell(scenario, gateway, "curl -s $kv/app-1") == "[\(get)]")
                #expect(try await shell(scenario, gateway, #"curl -s "$kv/app-1?prefix=task.""#) == "[]")
                let batch = try await shell(
                    scenario, gateway,
                    #"curl -s -X POST $kv/app-1/batch -H 'Content-Type: application/json' -d "#
                        + #"'{"items":[{"key":"task.progress","value":"40","type":"int"},{"key":"task.name","value":"import"}]}'"#
                )
                #expect(batch == #"{"namespace":"app-1","count":2}"#)
                let tasks = try await shell(scenario, gateway, #"curl -s "$kv/app-1?prefix=task.""#)
                #expect(tasks.contains("task.name") && tasks.contains("task.progress") && !tasks.contains("counter"))
                let deleted = try await shell(
                    scenario, gateway, "curl -s -o /dev/null -w '%{http_code}' -X DELETE $kv/app-1/counter")
                #expect(deleted == "204")
                try await stream.line(containing: #""key":"counter","op":"delete","previous":"100""#)
                let events = stream.output.lines.filter { $0.hasPrefix("data: {\"namespace\"") }
                #expect(events.count == 4)
                #expect(events[0].contains(#""key":"counter","value":"100","type":"int","op":"put","revision":"#))
                #expect(events[1].contains("task.progress") && events[2].contains("task.name"))
            }
        }

        @Test("A stream goes on where it was after the gateway was killed", arguments: StateBackend.allCases)
        func resume(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                var gateway = try await Gateway.start(scenario, state)
                let first = try follow(scenario, gateway, "namespace=app-1")
                try await first.line(containing: "event: bookmark")
                try await increment(scenario, gateway, times: 3)
                try await first.line(containing: #""value":"3""#)
                let ids = first.output.lines.filter { $0.hasPrefix("id: ") }
                let position = try #require(ids.last).dropFirst(4)
                try await increment(scenario, gateway, times: 2)
                try await gateway.program.kill9()
                gateway = try await gateway.again(scenario, state)
                try await increment(scenario, gateway, times: 1)
                let second = try follow(scenario, gateway, "namespace=app-1&after=\(position)")
                try await second.line(containing: #""value":"6""#)
                let values = second.output.lines.filter { $0.hasPrefix("data: {\"namespace\"") }
                #expect(values.count == 3)
                #expect(values.first?.contains(#""value":"4""#) == true)
            }
        }

        @Test("SIGTERM ends open streams and idle connections: the gateway does not wait for readers")
        func shutdown() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario, ["--drain-time", "0s"])
                let streams = try (0..<5).map { _ in try follow(scenario, gateway, "namespace=app-1") }
                for stream in streams { try await stream.line(containing: "event: bookmark") }
                gateway.program.signal(SIGTERM)
                #expect(try await gateway.program.ended() == .exited(0))
                for stream in streams {
                    #expect(try await stream.ended() == .exited(0))
                    #expect(stream.output.lines.contains { $0.hasPrefix(": the gateway ends") })
                    #expect(!stream.output.lines.contains("event: reset"))
                }
            }
        }

        @Test(
            "A page of an allowed origin may follow and write, another one not: the example's requests as a browser sends them"
        )
        func page() async throws {
            try await Scenario.run { scenario in
                let origin = "http://localhost:8000"
                let gateway = try await Gateway.start(scenario, ["--http-cors-origins", origin])
                let preflight = try await shell(
                    scenario, gateway,
                    "curl -s -i -X OPTIONS $kv/app-1/counter -H 'Origin: \(origin)' -H 'Access-Control-Request-Method: PUT'"
                        + " -H 'Access-Control-Request-Headers: content-type'")
                #expect(
                    preflight.contains("204")
                        && preflight.lowercased().contains("access-control-allow-origin: \(origin)"))
                let post =
                    "curl -s -o /dev/null -w '%{http_code}' -X POST \"$kv/app-1/counter?increment=1\" -H 'Origin: "
                #expect(try await shell(scenario, gateway, post + "\(origin)'") == "200")
                #expect(try await shell(scenario, gateway, post + "https://evil.example'") == "403")
                #expect(try await shell(scenario, gateway, "curl -s $kv/app-1/counter").contains(#""value":"1""#))
            }
        }

        private func follow(_ scenario: Scenario, _ gateway: Gateway, _ query: String) throws -> Program {
            try scenario.start("curl", ["-s", "-N", "http://\(gateway.http)/v1/stream?\(query)"])
        }

        private func increment(_ scenario: Scenario, _ gateway: Gateway, times: Int) async throws {
            for _ in 0..<times {
                _ = try await shell(scenario, gateway, #"curl -sf -X POST "$kv/app-1/n?increment=1""#)
            }
        }

        /// A command line as a user types it, `$kv` set. Returns what it printed.
        private func shell(_ scenario: Scenario, _ gateway: Gateway, _ command: String) async throws -> String {
            try await scenario.succeed("sh", ["-c", "kv=http://\(gateway.http)/v1/kv; \(command)"])
                .joined(separator: "\n")
        }
    }
}
