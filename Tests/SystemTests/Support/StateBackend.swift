import Foundation
import Testing

/// Where the key-value state of the gateways under test is. What is promised to users is the same on all of them.
enum StateBackend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// In the gateway's own data directory.
    case own
    /// In a member of etcd.
    case etcd
    /// In another gateway.
    case controller

    var testDescription: String { rawValue }

    /// Starts what the state is in, and returns the arguments of a gateway that works with it.
    func start(_ scenario: Scenario) async throws -> [String] {
        // An address of the machine that nobody else has: ports are free on it.
        let host = "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        switch self {
        case .own: return []
        case .etcd:
            let (client, peer) = ("http://\(host):2379", "http://\(host):2380")
            let arguments = [
                "--data-dir", scenario.path("etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster",
                "default=\(peer)", "--logger", "zap",
            ]
            _ = try scenario.start("etcd", arguments)
            try await eventually("etcd answers") {
                try await scenario.finish("curl", ["--silent", "--fail", "\(client)/health"]).status == 0
            }
            return ["--kv", "etcd://\(host):2379/crier", "--node-id", "n1", "--peer-listen", "\(host):6567"]
        case .controller:
            _ = try await Gateway.start(
                scenario, dataDirectory: scenario.path("controller"),
                ["--node-id", "controller", "--peer-listen", "\(host):6566"]
            )
            return ["--kv", "crier://\(host):6566", "--node-id", "n1", "--peer-listen", "\(host):6567"]
        }
    }
}
