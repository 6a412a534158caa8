import Foundation
import Testing

extension RealProcesses {
    @Suite("TLS")
    struct TLS {
        @Test("With TLS an agent that trusts the authority connects, and one that does not is told why")
        func serverCertificate() async throws {
            try await Scenario.run { scenario in
                let authority = try await Authority.make(scenario)
                let gateway = try await Gateway.start(scenario, authority.serverArguments)
                let trust = ["--tls-ca", authority.certificate]
                let agent = try await agent(scenario, gateway, trust)
                try await push(scenario, gateway, ["a", "--text", "in confidence"] + trust)
                try await agent.line(containing: "in confidence")

                let clear = try await scenario.finish(Scenario.crier, ["files", "--gateway", gateway.grpc])
                #expect(clear.status != 0)
                let stranger = try await Authority.make(scenario, name: "stranger")
                let wrong = ["files", "--gateway", gateway.grpc, "--tls-ca", stranger.certificate]
                let distrusted = try await scenario.finish(Scenario.crier, wrong)
                #expect(distrusted.status != 0)
                #expect(distrusted.text.lowercased().contains("certificate"), "\(distrusted.text)")
            }
        }

        @Test("With a client authority only those with its certificate come in")
        func clientCertificate() async throws {
            try await Scenario.run { scenario in
                let authority = try await Authority.make(scenario)
                let client = try await authority.issue("client", scenario)
                let mutual = authority.serverArguments + ["--tls-client-ca", authority.certificate]
                let gateway = try await Gateway.start(scenario, mutual)
                let trust = ["--tls-ca", authority.certificate]
                let without = try await scenario.finish(Scenario.crier, ["files", "--gateway", gateway.grpc] + trust)
                #expect(without.status != 0)
                let identity = trust + ["--tls-cert", client.certificate, "--tls-key", client.key]
                let agent = try await agent(scenario, gateway, identity)
                try await push(scenario, gateway, ["a", "--text", "known by name"] + identity)
                try await agent.line(containing: "known by name")
            }
        }

        @Test("A key that does not belong to the certificate is refused at the start")
        func wrongKey() async throws {
            try await Scenario.run { scenario in
                let authority = try await Authority.make(scenario)
                let other = try await authority.issue("other", scenario)
                let arguments = ["--tls-cert", authority.server.certificate, "--tls-key", other.key]
                let serve = ["serve", "--data-dir", scenario.path("data"), "--grpc", "127.0.0.1:0"]
                let finished = try await scenario.finish(Scenario.crier, serve + ["--http", "127.0.0.1:0"] + arguments)
                #expect(finished.status != 0)
                #expect(finished.text.contains(other.key), "\(finished.text)")
            }
        }

        /// An agent with TLS settings, connected.
        private func agent(_ scenario: Scenario, _ gateway: Gateway, _ settings: [String]) async throws -> Program {
            let program = try scenario.start(
                Scenario.crier, ["agent", "--id", "a", "--gateway", gateway.grpc] + settings
            )
            try await eventually("the agent is connected") {
                let probe = ["push", "a", "--event", "probe", "--gateway", gateway.grpc] + settings
                return try await scenario.finish(Scenario.crier, probe).status == 0
            }
            return program
        }
    }
}

/// A certificate authority for one test, made with openssl.
struct Authority: Sendable {
    struct Identity: Sendable {
        let certificate: String
        let key: String
    }

    let certificate: String
    let key: String
    let server: Identity

    var serverArguments: [String] { ["--tls-cert", server.certificate, "--tls-key", server.key] }

    static func make(_ scenario: Scenario, name: String = "authority") async throws -> Authority {
        let (certificate, key) = (scenario.path("\(name).pem"), scenario.path("\(name).key"))
        try await scenario.succeed(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-keyout", key, "-out", certificate,
            ]
        )
        let server = try await issue("\(name)-server", by: (certificate, key), scenario)
        return Authority(certificate: certificate, key: key, server: server)
    }

    func issue(_ name: String, _ scenario: Scenario) async throws -> Identity {
        try await Self.issue(name, by: (certificate, key), scenario)
    }

    private static func issue(
        _ name: String, by authority: (certificate: String, key: String), _ scenario: Scenario
    ) async throws -> Identity {
        let identity = Identity(certificate: scenario.path("\(name).pem"), key: scenario.path("\(name).key"))
        try await scenario.succeed(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-addext", "basicConstraints=critical,CA:FALSE",
                "-CA", authority.certificate, "-CAkey", authority.key,
                "-keyout", identity.key, "-out", identity.certificate,
            ]
        )
        return identity
    }
}
