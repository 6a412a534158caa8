import Foundation
import Testing

extension RealProcesses {
    /// Several gateways over one state.
    @Suite("Shared state")
    struct SharedState {
        @Test(
            "What is written through one gateway is read and heard through the other, by REST, SSE and gRPC alike",
            arguments: [StateBackend.etcd, .controller])
        func twoGateways(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let first = try await Gateway.start(scenario, state)
                let second = try await Gateway.start(
                    scenario, dataDirectory: scenario.path("second"),
                    state.map { $0 == "n1" ? "n2" : $0.replacing(":6567", with: ":6568") }
                )
                let (one, two) = (
                    KeyValueShell(scenario: scenario, gateway: first),
                    KeyValueShell(scenario: scenario, gateway: second)
                )
                let stream = try scenario.start(
                    "curl", ["-s", "-N", "http://\(second.http)/v1/stream?namespace=app-1"])
                try await stream.line(containing: "event: bookmark")
                let position = try #require(try await two("put", "begin", "x").first)
                let watch = try one.start("watch", "--from", position, "--count", "3")
                let put = try await one.shell(
                    #"curl -sf -X PUT "$http/v1/kv/app-1/n" -H 'Content-Type: application/json' -d '{"value":"1","type":"int"}'"#
                )
                #expect(put.status == 0)
                #expect(try await two("get", "n") == ["1"])
                #expect(try await two("incr", "n") == ["2"])
                #expect(try await one.shell(#"curl -sf "$http/v1/kv/app-1/n""#).text.contains(#""value":"2""#))
                #expect(try await one("del", "n") == ["1"])
                try await stream.line(containing: #""key":"n","op":"delete","previous":"2""#)
                #expect(try await watch.ended() == .exited(0))
                #expect(
                    watch.output.lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
                        == ["put n 1", "put n 2", "delete n"])
            }
        }

        @Test(
            "A gateway tells how much history there is to cut of the state that it shows, if it is the one who cuts it")
        func compactionLag() async throws {
            for backend in StateBackend.allCases {
                try await Scenario.run { scenario in
                    let gateway = try await Gateway.start(scenario, try await backend.start(scenario))
                    let metrics = try await gateway.get("/metrics", scenario).body
                    let isThere = metrics.contains { $0.hasPrefix("crier_kv_compaction_lag_revisions") }
                    #expect(isThere == (backend != .controller), "\(backend)")
                }
            }
        }
    }
}
