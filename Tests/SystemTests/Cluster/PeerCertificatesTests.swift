import Foundation
import Testing

extension RealProcesses {
    /// Two nodes with certificates of one authority, and no secret: one has the state, the other uses it.
    @Suite("Nodes that know each other by certificates")
    struct PeerCertificates {
        @Test("What one node has, the other pulls when it is asked for; what one node gets, the other keeps a copy of")
        func files() async throws {
            try await Scenario.run { scenario in
                let pair = try await Pair.start(scenario)
                let pulled = try await TestFile(scenario, "menu.pdf", megabytes: 3)
                try await pair.put(pulled, through: pair.first)
                #expect(try await pair.holders(of: pulled, asking: pair.first) == ["n1"])
                let copy = scenario.path("copy")
                try await eventually("n2 has heard of the file and pulled it") {
                    let get = ["get", pulled.id, "--to", copy, "--gateway", pair.second.grpc] + pair.trust
                    return try await scenario.finish(Scenario.crier, get).status == 0
                }
                #expect(pulled.isSame(as: copy))

                let copied = try await TestFile(scenario, "song.bin", megabytes: 2)
                // A slow machine may need another attempt to reach the other node in time.
                try await eventually("both have the file") {
                    try await pair.put(copied, through: pair.second)
                    return try await pair.holders(of: copied, asking: pair.second) == ["n1", "n2"]
                }
            }
        }

        @Test("A push passes from one to the other, and each lists the clients of both")
        func clients() async throws {
            try await Scenario.run { scenario in
                let pair = try await Pair.start(scenario)
                let agent = ["agent", "--id", "a", "--gateway", pair.second.grpc] + pair.trust
                let program = try scenario.start(Scenario.crier, agent)
                try await eventually("a push through n1 is taken") {
                    let push = ["push", "a", "--text", "from n1", "--gateway", pair.first.grpc] + pair.trust
                    return try await scenario.finish(Scenario.crier, push).status == 0
                }
                try await program.line(containing: "from n1")
                for gateway in [pair.first, pair.second] {
                    for choice in [[], ["--node", "n2"]] {
                        try await eventually("the agent is listed, and where it is") {
                            let clients = try await pair.rows(["clients"] + choice, asking: gateway)
                            return clients?.map { $0["client_id"] as? String } == ["a"]
                                && clients?.map { $0["node_id"] as? String } == ["n2"]
                        }
                    }
                }
            }
        }

        @Test("The door for nodes opens to a certificate of their authority; not to none, and not to a stranger's")
        func strangers() async throws {
            try await Scenario.run { scenario in
                let pair = try await Pair.start(scenario)
                let ask = ["nodes", "--gateway", pair.door] + pair.trust
                let own = try await pair.authority.issue("n3", scenario)
                let stranger = try await Authority.make(scenario, name: "stranger")
                try await eventually("it opens") {
                    try await scenario.finish(Scenario.crier, ask + own.arguments).status == 0
                }
                #expect(try await scenario.finish(Scenario.crier, ask).status != 0)
                #expect(try await scenario.finish(Scenario.crier, ask + stranger.server.arguments).status != 0)
            }
        }
    }
}

/// Two nodes, and how their users trust them.
private struct Pair: Sendable {
    let scenario: Scenario
    let authority: Authority
    /// Has the state. What it gets is on this node only, until another one wants it.
    let first: Gateway
    /// The first one's address for nodes.
    let door: String
    /// Wants two nodes to have what it gets.
    let second: Gateway

    var trust: [String] { ["--tls-ca", authority.certificate] }

    static func start(_ scenario: Scenario) async throws -> Pair {
        let authority = try await Authority.make(scenario)
        let first = try await node("n1", scenario, authority, ["--file-replicas", "1"])
        let ask = ["nodes", "--gateway", first.grpc, "--tls-ca", authority.certificate]
        let nodes = try await rows(scenario, ask)
        let door = try #require(nodes?.first?["peer_address"] as? String)
        let second = try await node("n2", scenario, authority, ["--file-replicas", "2", "--kv", "crier://\(door)"])
        return Pair(scenario: scenario, authority: authority, first: first, door: door, second: second)
    }

    private static func node(
        _ name: String, _ scenario: Scenario, _ authority: Authority, _ more: [String]
    ) async throws -> Gateway {
        let identity = try await authority.issue(name, scenario)
        let arguments = [
            "--node-id", name, "--peer-listen", "127.0.0.1:0", "--peer-ca", authority.certificate,
        ]
        return try await Gateway.start(
            scenario, dataDirectory: scenario.path("data-\(name)"), arguments + identity.arguments + more)
    }

    func put(_ file: TestFile, through gateway: Gateway) async throws {
        try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc] + trust)
    }

    /// The nodes that have the file.
    func holders(of file: TestFile, asking gateway: Gateway) async throws -> [String] {
        let files = try await rows(["files", "--prefix", file.name], asking: gateway)
        return (files?.first?["nodes"] as? [String] ?? []).sorted()
    }

    /// What a command lists; nil: it failed.
    func rows(_ command: [String], asking gateway: Gateway) async throws -> [[String: Any]]? {
        try await Self.rows(scenario, command + ["--gateway", gateway.grpc] + trust)
    }

    private static func rows(_ scenario: Scenario, _ command: [String]) async throws -> [[String: Any]]? {
        let finished = try await scenario.finish(Scenario.crier, command + ["--output", "json"])
        guard finished.status == 0 else { return nil }
        return try JSONSerialization.jsonObject(with: Data(finished.output.joined().utf8)) as? [[String: Any]]
    }
}

extension Authority.Identity {
    fileprivate var arguments: [String] { ["--tls-cert", certificate, "--tls-key", key] }
}
