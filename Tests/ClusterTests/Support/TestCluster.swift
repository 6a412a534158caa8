import CrierCore
import CrierGRPC
import CrierServices
import NIOCore
import NIOPosix
import Synchronization

/// Some nodes in one process, with real sockets on the loopback interface between them.
struct TestCluster: Sendable {
    let map: ClusterMap
    let nodes: [TestNode]
    /// What stands between a node's peer door and all others.
    let proxies: [TestProxy]

    /// So that a machine with other work does not look like a dead node.
    static var patient: PeerTiming {
        var timing = PeerTiming()
        timing.connect = .minutes(2)
        timing.answer = .minutes(2)
        return timing
    }

    static let secret = PeerSecret(Array("only the nodes of this test know it".utf8))

    /// Starts node-1 to node-N, runs `body`, and takes all down.
    /// - Parameter secrets: What each node believes the secret to be; fewer than nodes: the others have the true one.
    static func run(
        nodes count: Int = 2,
        secrets: [PeerSecret?] = [],
        timing: PeerTiming = patient,
        policy: any AccessPolicy = LoopbackAccess(),
        _ body: @Sendable (TestCluster) async throws -> Void
    ) async throws {
        let map = ClusterMap()
        let generations = SharedGenerations()
        var (nodes, proxies): ([TestNode], [TestProxy]) = ([], [])
        for number in 1...count {
            let node = try await TestNode.start(
                "node-\(number)", incarnation: UInt64(number), map: map,
                secret: number <= secrets.count ? secrets[number - 1] : secret, timing: timing,
                generations: generations, policy: policy
            ) { port in
                let proxy = try await TestProxy.start(to: port)
                proxies.append(proxy)
                return HostPort(host: "127.0.0.1", port: proxy.port)
            }
            nodes.append(node)
        }
        let cluster = TestCluster(map: map, nodes: nodes, proxies: proxies)
        try await withThrowingTaskGroup { tasks in
            for node in nodes { tasks.addTask { await node.run() } }
            do {
                try await body(cluster)
                try await cluster.stop()
            } catch {
                try? await cluster.stop()
                throw error
            }
            tasks.cancelAll()
        }
    }

    private func stop() async throws {
        for node in nodes { try await node.stop() }
        for proxy in proxies { await proxy.stop() }
    }
}

/// One count for all nodes: what the store's revisions are for a real cluster.
final class SharedGenerations: GenerationSource {
    private let count = Atomic<UInt64>(0)

    func next(for client: ClientID) -> Generation {
        Generation(rawValue: count.add(1, ordering: .relaxed).newValue)
    }
}
