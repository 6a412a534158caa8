import Foundation

/// Where the processes of one test cluster listen, and how they are started.
struct ClusterPlaces: Sendable {
    static let nodeNames = ["n1", "n2", "n3"]
    static let memberNames = ["m1", "m2", "m3"]

    /// The address of a node's or member's ports for its own kind, for the store and for clients.
    let peer: @Sendable (String) -> String
    let store: @Sendable (String) -> String
    let client: @Sendable (String) -> String
    /// A command before the process's own.
    let prefix: @Sendable (String) -> [String]
    let isLoopback: Bool

    /// Addresses of this machine that no other program listens on: each run has some of the 16 million of its own, so
    /// that a process can come back at the ports that it had.
    static func loopback() -> ClusterPlaces {
        let net = "127.\(Int.random(in: 16...250)).\(Int.random(in: 0...250))"
        let address: @Sendable (String) -> String = { "\(net).\(host($0))" }
        return ClusterPlaces(peer: address, store: address, client: address, prefix: { _ in [] }, isLoopback: true)
    }

    /// The last part of the address of a node or member.
    static func host(_ name: String) -> Int {
        (name.hasPrefix("n") ? 0 : 10) + (Int(name.dropFirst()) ?? 0)
    }

    func node(_ name: String, _ scenario: Scenario, directory: String, _ more: [String]) -> ClusterNode {
        let (grpc, http) = ("\(client(name)):6565", "\(client(name)):8080")
        let etcd = Self.memberNames.map { "\(store($0)):2379" }.joined(separator: ",")
        var arguments = [
            "serve", "--node-id", name, "--data-dir", "\(directory)/\(name)", "--grpc", grpc, "--http", http,
            "--peer-listen", "\(peer(name)):6566", "--peer-secret", "\(directory)/secret",
            "--kv", "etcd://\(etcd)/crier",
        ]
        if !isLoopback { arguments.append("--insecure") }
        let command = prefix(name) + [Scenario.crier] + arguments + more
        let process = ClusterProcess(name) { try scenario.start(command[0], Array(command.dropFirst())) }
        return ClusterNode(process: process, grpc: grpc, http: http)
    }

    func member(_ name: String, _ scenario: Scenario, directory: String) -> StoreMember {
        let (clients, peers) = ("http://\(store(name)):2379", "http://\(store(name)):2380")
        let cluster = Self.memberNames.map { "\($0)=http://\(store($0)):2380" }.joined(separator: ",")
        let command =
            prefix(name) + [
                "etcd", "--name", name, "--data-dir", "\(directory)/\(name)", "--listen-client-urls", clients,
                "--advertise-client-urls", clients, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                "--initial-cluster", cluster, "--initial-cluster-state", "new", "--logger", "zap",
            ]
        let process = ClusterProcess(name) { try scenario.start(command[0], Array(command.dropFirst())) }
        return StoreMember(process: process, address: "\(store(name)):2379", prefix: prefix(name))
    }
}
