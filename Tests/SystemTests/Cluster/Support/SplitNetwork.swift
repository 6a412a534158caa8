import Glibc

/// A network of the test's own, whose cables can be pulled: a network namespace for each process, and three switches in
/// one more: `store` (nodes and etcd), `peers` (nodes among themselves) and `clients` (nodes and this process).
///
/// A pulled cable is a port taken out of its switch: packets are lost in silence, as by a firewall, and both sides keep
/// their links and addresses. Needs root and iproute2; all of it is gone with its namespaces.
struct SplitNetwork: Sendable {
    enum Way: String, CaseIterable, Sendable {
        case store = "s"
        case peers = "p"
        case clients = "c"
    }

    /// Why it cannot be had here; nil: it can.
    static let hindrance: String? =
        if geteuid() != 0 {
            "network namespaces need root"
        } else if system("ip netns add crier-probe 2> /dev/null && ip netns delete crier-probe") != 0 {
            "`ip netns add` does not work here: scripts/setup installs iproute2, and containers need CAP_SYS_ADMIN"
        } else { nil }

    /// Of this process, so that what a killed one left behind can be told apart.
    private static let name = "crier\(getpid())"
    private static let hub = "\(name)-hub"
    /// 198.18.0.0/15 is set aside for tests (RFC 2544). Runs beside each other have their own parts of it.
    private static let net: [Way: String] = {
        let base = Int(getpid()) % 85 * 3
        return [.store: "198.18.\(base)", .peers: "198.18.\(base + 1)", .clients: "198.18.\(base + 2)"]
    }()
    /// The one interface in this process's own namespace.
    private static let uplink = "cr\(getpid())"

    private let scenario: Scenario

    /// Makes the network, runs `body`, removes it.
    static func with(_ body: (SplitNetwork) async throws -> Void) async throws {
        try await Scenario.run { scenario in
            let network = SplitNetwork(scenario: scenario)
            do {
                try await network.make()
                try await body(network)
            } catch {
                await network.remove()
                throw error
            }
            await network.remove()
        }
    }

    /// The same without a network where none can be had.
    static func withIfPossible(_ body: (SplitNetwork?) async throws -> Void) async throws {
        if hindrance == nil { try await with(body) } else { try await body(nil) }
    }

    var places: ClusterPlaces {
        let address = { @Sendable (way: Way) -> @Sendable (String) -> String in
            { "\(Self.net[way] ?? "").\(ClusterPlaces.host($0))" }
        }
        return ClusterPlaces(
            peer: address(.peers), store: address(.store), client: address(.clients),
            prefix: { ["ip", "netns", "exec", Self.namespace($0)] }, isLoopback: false
        )
    }

    /// Pulls the cable of a node or member, or plugs it in again.
    func cut(_ name: String, from way: Way) async throws {
        try await ip("-n", Self.hub, "link", "set", port(name, way), "nomaster")
    }

    func mend(_ name: String, to way: Way) async throws {
        try await ip("-n", Self.hub, "link", "set", port(name, way), "master", way.rawValue)
    }

    // MARK: -

    private static func namespace(_ name: String) -> String { "\(Self.name)-\(name)" }

    private func port(_ name: String, _ way: Way) -> String { "\(name)\(way.rawValue)" }

    private func make() async throws {
        try await removeOrphans()
        try await ip("netns", "add", Self.hub)
        for way in Way.allCases {
            try await ip("-n", Self.hub, "link", "add", way.rawValue, "type", "bridge")
            try await ip("-n", Self.hub, "link", "set", way.rawValue, "up")
        }
        for name in ClusterPlaces.nodeNames {
            try await plug(name, [.store, .peers, .clients])
        }
        for name in ClusterPlaces.memberNames { try await plug(name, [.store]) }
        let up = Self.uplink
        try await ip("link", "add", up, "type", "veth", "peer", "name", "outside", "netns", Self.hub)
        try await ip("-n", Self.hub, "link", "set", "outside", "master", Way.clients.rawValue, "up")
        try await ip("address", "add", "\(Self.net[.clients] ?? "").254/24", "dev", up)
        try await ip("link", "set", up, "up")
    }

    private func plug(_ name: String, _ ways: [Way]) async throws {
        let namespace = Self.namespace(name)
        try await ip("netns", "add", namespace)
        try await ip("-n", namespace, "link", "set", "lo", "up")
        for way in ways {
            let address = "\(Self.net[way] ?? "").\(ClusterPlaces.host(name))/24"
            try await ip(
                "-n", Self.hub, "link", "add", port(name, way), "type", "veth", "peer", "name", way.rawValue, "netns",
                namespace)
            try await ip("-n", Self.hub, "link", "set", port(name, way), "master", way.rawValue, "up")
            try await ip("-n", namespace, "address", "add", address, "dev", way.rawValue)
            try await ip("-n", namespace, "link", "set", way.rawValue, "up")
        }
    }

    private func remove() async {
        _ = try? await ip("link", "delete", Self.uplink)
        for name in ClusterPlaces.nodeNames + ClusterPlaces.memberNames {
            _ = try? await ip("netns", "delete", Self.namespace(name))
        }
        _ = try? await ip("netns", "delete", Self.hub)
    }

    /// What a run left behind that was killed itself.
    private func removeOrphans() async throws {
        for line in try await scenario.succeed("ip", ["netns", "list"]) {
            let name = line.split(separator: " ").first ?? ""
            guard name.hasPrefix("crier"), let pid = pid_t(name.dropFirst(5).prefix { $0 != "-" }), kill(pid, 0) != 0
            else {
                continue
            }
            try await ip("netns", "delete", String(name))
        }
    }

    private func ip(_ arguments: String...) async throws { try await scenario.succeed("ip", arguments) }
}
