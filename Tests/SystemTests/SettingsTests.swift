import Testing

extension RealProcesses {
    @Suite("Settings")
    struct Settings {
        /// Arguments of `crier`, and what the complaint must name.
        static let wrong: [([String], String)] = [
            (["serve", "--grpc", "nonsense"], "grpc"),
            (["serve", "--grpc", "127.0.0.1:99999"], "99999"),
            (["serve", "--http", "127.0.0.1"], "http"),
            (["serve", "--tls-cert", "/nowhere/cert.pem"], "tls-key"),
            (["serve", "--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"], "/nowhere/"),
            (["serve", "--colour", "red"], "--colour"),
            (["agent"], "--id"),
            (["agent", "--id", "a", "--limit-rate", "fast"], "fast"),
            (["agent", "--id", "a", "--max-downloads", "0"], "downloads"),
            (["agent", "--id", "a", "--label", "colour"], "colour"),
            (["push", "a", "--gateway", "127.0.0.1:1"], "--text"),
            (["put", "/nowhere/file"], "/nowhere/file"),
            (["frobnicate"], "frobnicate"),
        ]

        @Test("A wrong setting ends the program, and names itself", arguments: wrong)
        func wrongSetting(_ arguments: [String], _ named: String) async throws {
            try await Scenario.run { scenario in
                let data = arguments.first == "serve" ? ["--data-dir", scenario.path("data")] : []
                let finished = try await scenario.finish(Scenario.crier, arguments + data)
                #expect(finished.status.map { $0 > 0 } == true, "\(finished.reason)")
                #expect(finished.text.contains(named), "\(finished.text)")
                #expect(finished.output.isEmpty, "complaints belong on standard error")
            }
        }

        @Test("A wrong setting in the environment names itself too")
        func environment() async throws {
            try await Scenario.run { scenario in
                let program = try scenario.crier(
                    "serve", "--data-dir", scenario.path("data"), environment: ["CRIER_GRPC": "nonsense"]
                )
                #expect(try await program.ended() != .exited(0))
                #expect(program.errors.lines.joined().contains("nonsense"))
            }
        }

        @Test("An address beyond loopback is refused without TLS, and the refusal names --insecure")
        func insecure() async throws {
            try await Scenario.run { scenario in
                let serve = ["serve", "--data-dir", scenario.path("data"), "--http", "127.0.0.1:0"]
                let refused = try await scenario.finish(Scenario.crier, serve + ["--grpc", "0.0.0.0:0"])
                #expect(refused.status != 0)
                #expect(refused.text.contains("--insecure"))

                let allowed = try await Gateway.start(scenario, grpc: "0.0.0.0:0", ["--insecure"])
                #expect(!allowed.program.hasEnded)
            }
        }

        @Test("Two gateways cannot share a data directory")
        func oneDirectory() async throws {
            try await Scenario.run { scenario in
                let first = try await Gateway.start(scenario)
                let serve = ["serve", "--data-dir", scenario.path("gateway"), "--grpc", "127.0.0.1:0"]
                let second = try await scenario.finish(Scenario.crier, serve + ["--http", "127.0.0.1:0"])
                #expect(second.status != 0)
                #expect(second.text.contains(scenario.path("gateway")))
                #expect(!first.program.hasEnded)
            }
        }

        @Test("A port that is taken is told as such")
        func takenPort() async throws {
            try await Scenario.run { scenario in
                let first = try await Gateway.start(scenario)
                let serve = [
                    "serve", "--data-dir", scenario.path("other"), "--grpc", first.grpc, "--http", "127.0.0.1:0",
                ]
                let second = try await scenario.finish(Scenario.crier, serve)
                #expect(second.status != 0)
                #expect(second.text.contains(first.grpc))
            }
        }

        @Test(
            "Every command explains itself with --help",
            arguments: [
                [], ["serve"], ["agent"], ["push"], ["put"], ["get"], ["files"], ["clients"], ["version"], ["bench"],
            ])
        func help(_ command: [String]) async throws {
            try await Scenario.run { scenario in
                let finished = try await scenario.finish(Scenario.crier, command + ["--help"])
                #expect(finished.status == 0)
                let usage = "USAGE: " + (["crier"] + command).joined(separator: " ")
                #expect(finished.output.contains { $0.hasPrefix(usage) }, "\(finished.text)")
            }
        }
    }
}
