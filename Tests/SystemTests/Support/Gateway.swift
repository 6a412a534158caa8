import Foundation
import Testing

/// A running `crier serve`.
struct Gateway: Sendable {
    let program: Program
    /// HOST:PORT of gRPC and of HTTP, as its ready line told them.
    let grpc: String
    let http: String

    /// Starts a gateway and waits until it accepts connections.
    static func start(
        _ scenario: Scenario, dataDirectory: String? = nil, grpc: String = "127.0.0.1:0", http: String = "127.0.0.1:0",
        _ more: [String] = []
    ) async throws -> Gateway {
        let directory = dataDirectory ?? scenario.path("gateway")
        let arguments = ["serve", "--data-dir", directory, "--grpc", grpc, "--http", http] + more
        return try await Gateway(ready: scenario.start(Scenario.crier, arguments))
    }

    /// Takes a program that was started as a gateway, and waits until it is ready.
    init(ready program: Program) async throws {
        self.program = program
        let line = try await program.line("its ready line") { $0.hasPrefix("ready ") }
        let addresses = Dictionary(
            line.split(separator: " ").dropFirst()
                .compactMap { word -> (String, String)? in
                    let parts = word.split(separator: "=", maxSplits: 1)
                    return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
                },
            uniquingKeysWith: { $1 }
        )
        grpc = try #require(addresses["grpc"], "no grpc= in '\(line)'")
        http = try #require(addresses["http"], "no http= in '\(line)'")
    }

    /// Another one on the same ports and the same data, after this one has ended.
    func again(_ scenario: Scenario, _ more: [String] = []) async throws -> Gateway {
        try await Gateway.start(scenario, grpc: grpc, http: http, more)
    }

    /// GET with curl: the status and the body.
    func get(_ path: String, _ scenario: Scenario) async throws -> (status: Int, body: [String]) {
        let arguments = ["--silent", "--max-time", "300", "--write-out", "\n%{http_code}", "http://\(http)\(path)"]
        let lines = try await scenario.succeed("curl", arguments)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast())
    }

    /// The sum of a counter's or a gauge's values over all its labels.
    func metric(_ name: String, _ scenario: Scenario) async throws -> Double {
        try await get("/metrics", scenario).body
            .filter { $0.hasPrefix(name + " ") || $0.hasPrefix(name + "{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            .reduce(0, +)
    }
}
