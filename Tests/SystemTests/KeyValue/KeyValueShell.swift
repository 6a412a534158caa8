import Foundation
import Testing

/// `crier kv` against one gateway and one namespace.
struct KeyValueShell: Sendable {
    let scenario: Scenario
    let gateway: Gateway
    var namespace = "app-1"

    /// The arguments that say where and what.
    private func arguments(_ words: [String]) -> [String] {
        var all = ["kv"] + words + ["--gateway", gateway.grpc]
        if words.first != "backup" { all += ["--namespace", namespace] }
        return all
    }

    /// Runs a command to its end.
    @discardableResult
    func run(_ words: String...) async throws -> Finished { try await run(words) }

    @discardableResult
    func run(_ words: [String]) async throws -> Finished {
        try await scenario.finish(Scenario.crier, arguments(words))
    }

    /// The lines of a command that must succeed.
    @discardableResult
    func callAsFunction(_ words: String...) async throws -> [String] {
        try await scenario.succeed(Scenario.crier, arguments(words))
    }

    /// Starts a command that goes on.
    func start(_ words: String...) throws -> Program { try scenario.start(Scenario.crier, arguments(words)) }

    /// The JSON that a command prints with `--output json`.
    func json(_ words: String...) async throws -> Any {
        let lines = try await scenario.succeed(Scenario.crier, arguments(words + ["--output", "json"]))
        return try JSONSerialization.jsonObject(with: Data(lines.joined(separator: "\n").utf8))
    }

    /// The same, of an object.
    func object(_ words: String...) async throws -> [String: Any] {
        let lines = try await scenario.succeed(Scenario.crier, arguments(words + ["--output", "json"]))
        return try #require(try JSONSerialization.jsonObject(with: Data(lines.joined().utf8)) as? [String: Any])
    }

    /// Runs a script of bash in which `kv` knows where to go, and `$http` is the address of REST.
    func shell(_ script: String) async throws -> Finished {
        try await scenario.finish("bash", ["-c", settings + script])
    }

    /// Starts such a script, in the scenario's directory.
    func startShell(_ script: String) throws -> Program {
        try scenario.start("bash", ["-c", "cd '\(scenario.path("."))'\n" + settings + script])
    }

    private var settings: String {
        """
        set -euo pipefail
        export CRIER_APP_NAME=\(namespace) CRIER_GATEWAY=\(gateway.grpc)
        kv() { '\(Scenario.crier)' kv "$@"; }
        http=http://\(gateway.http)

        """
    }
}
