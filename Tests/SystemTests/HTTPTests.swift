import Testing

extension RealProcesses {
    @Suite("The HTTP port")
    struct HTTPPort {
        @Test("/healthz and /readyz answer 200, an unknown path 404")
        func health() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                #expect(try await gateway.get("/healthz", scenario).status == 200)
                #expect(try await gateway.get("/readyz", scenario).status == 200)
                #expect(try await gateway.get("/nothing", scenario).status == 404)
            }
        }

        @Test("/metrics counts pushes by their outcome, in Prometheus' text")
        func metrics() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                _ = try await Agent.start(scenario, gateway, id: "a")
                for _ in 0..<3 { try await push(scenario, gateway, ["a", "--text", "x"]) }
                // A loop adds its tally once a second.
                try await eventually("the pushes are counted") {
                    try await gateway.metric("crier_pushes_total", scenario) >= 4
                }
                let body = try await gateway.get("/metrics", scenario).body
                #expect(body.contains { $0.hasPrefix("# TYPE crier_pushes_total counter") })
            }
        }

        @Test("A browser at the gRPC port gets a proper answer, not a hanging connection")
        func notGRPC() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let curl = ["--silent", "--max-time", "300", "--output", "/dev/null", "--write-out", "%{http_code}"]
                let status = try await scenario.succeed(
                    "curl", curl + ["--http2-prior-knowledge", "http://\(gateway.grpc)/"]
                )
                #expect(["404", "415"].contains(status.last))
            }
        }
    }
}
