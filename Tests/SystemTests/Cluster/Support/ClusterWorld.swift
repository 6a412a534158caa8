import CrierGRPC
import Foundation
import NIOPosix
import Synchronization
import Testing

/// Three nodes over three members of etcd, the agents and backends of a test, and what they saw.
final class ClusterWorld: Sendable {
    let scenario: Scenario
    let history = History()
    let nodes: [ClusterNode]
    let members: [StoreMember]
    let network: SplitNetwork?
    private let agents = Mutex<[ClusterAgent]>([])
    private let backends = Mutex<[Backend]>([])

    /// Starts a cluster, runs `body`, waits for what is still on its way, and holds the run against the promises.
    /// - Parameters:
    ///   - network: where ways can be cut; nil: all on loopback.
    ///   - settings: further arguments of `crier serve`.
    static func run(
        in network: SplitNetwork? = nil, _ settings: [String] = [], bounds: CourseCheck.Bounds = .init(),
        _ body: (ClusterWorld) async throws -> Void
    ) async throws {
        // In memory where that is possible: what the disk of a test machine is like is of no interest here.
        try await Scenario.run(inMemory: true) { scenario in
            let world = try ClusterWorld(scenario, network, settings)
            try await world.start()
            do {
                try await body(world)
            } catch {
                await world.retire()
                throw Unmet(description: (["\(error)"] + world.faults(bounds)).joined(separator: "\n"))
            }
            await world.settle(bounds)
            await world.retire()
            let faults = world.faults(bounds)
            guard faults.isEmpty else { throw Unmet(description: faults.joined(separator: "\n")) }
        }
    }

    private init(_ scenario: Scenario, _ network: SplitNetwork?, _ settings: [String]) throws {
        self.scenario = scenario
        self.network = network
        let places = network?.places ?? .loopback()
        let directory = scenario.directory.path
        try Data("a secret of the test's own".utf8).write(to: URL(filePath: "\(directory)/secret"))
        members = ClusterPlaces.memberNames.map { places.member($0, scenario, directory: directory) }
        nodes = ClusterPlaces.nodeNames.map { places.node($0, scenario, directory: directory, settings) }
    }

    private func start() async throws {
        for member in members { try member.process.start() }
        try await storeIsHealthy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { try await node.start() } }
            try await group.waitForAll()
        }
    }

    /// Waits until all members of etcd answer.
    func storeIsHealthy() async throws {
        for member in members {
            try await eventually("\(member.name) is healthy") { [scenario] in try await member.isHealthy(scenario) }
        }
    }

    /// The member that leads etcd.
    func leader() async throws -> StoreMember {
        let found = Mutex<StoreMember?>(nil)
        try await eventually("a member of etcd leads") { [members, scenario] in
            for member in members where try await member.leads(scenario) {
                found.withLock { $0 = member }
                return true
            }
            return false
        }
        return try #require(found.withLock { $0 })
    }

    /// Stops all agents and backends there are; a long run goes on with others.
    func retire() async {
        let agents = agents.withLock { agents in
            defer { agents = [] }
            return agents
        }
        let backends = backends.withLock { backends in
            defer { backends = [] }
            return backends
        }
        await withTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { await agent.stop() } }
            for backend in backends { group.addTask { await backend.close() } }
        }
    }

    // MARK: Agents and backends

    func node(_ name: String) throws -> ClusterNode { try #require(nodes.first { $0.name == name }) }

    func targets(_ names: [String]) throws -> [HostPort] {
        try names.map { try #require(HostPort(node($0).grpc)) }
    }

    /// An agent that is not started yet, and that is stopped with the test.
    /// - Parameter names: nodes that it knows, the first one first.
    func agent(_ id: String, on names: [String], _ habits: AgentHabits = .init()) throws -> ClusterAgent {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let agent = ClusterAgent(id, targets: try targets(names), habits: habits, history: history, loop: loop)
        agents.withLock { $0.append(agent) }
        return agent
    }

    /// Connects agents, some hundred at a time, and waits until all are welcome.
    @discardableResult
    func connect(
        _ count: Int, _ prefix: String, on names: [String], _ habits: AgentHabits = .init()
    ) async throws -> [ClusterAgent] {
        let before = history.openCount
        let agents = try (0..<count).map { try agent("\(prefix)-\($0)", on: names, habits) }
        for first in stride(from: 0, to: count, by: 250) {
            let end = min(first + 250, count)
            for agent in agents[first..<end] { agent.start() }
            try await eventually("\(end) agents \(prefix) are welcome") { [history] in
                history.openCount >= before + end
            }
        }
        return agents
    }

    /// A backend of one node, or of whichever of several answers.
    func backend(_ name: String, on names: [String]) throws -> Backend {
        let node = names.count == 1 ? names[0] : nil
        let backend = try Backend(name, node: node, targets: targets(names), history: history)
        backends.withLock { $0.append(backend) }
        return backend
    }

    /// Pushes through a node to each client until it is written: all are reachable from there.
    /// - Returns: how long it took from now on until the last of them was.
    @discardableResult
    func reach(_ clients: [String], through backend: Backend) async throws -> Duration {
        let since = history.now
        for client in clients {
            try await eventually("\(client) is reachable through \(backend.node ?? "any node")") {
                if case .written = await backend.push(to: client).answer { true } else { false }
            }
        }
        return history.now - since
    }

    /// Runs `body` while backends push to the clients through every node, one by one and over a stream.
    /// - Parameter rate: pushes a second over each stream, and at most through each backend that waits for answers.
    func underLoad<Result>(
        to clients: [String], rate: Int = 100, _ body: () async throws -> Result
    ) async throws
        -> Result
    {
        var load: [(Backend, Backend)] = []
        for name in ClusterPlaces.nodeNames {
            load.append((try backend("asking-\(name)", on: [name]), try backend("streaming-\(name)", on: [name])))
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for (asking, streaming) in load {
                group.addTask {
                    var next = 0
                    while !Task.isCancelled {
                        await asking.push(to: clients[next % clients.count])
                        next += 1
                        await pass(.seconds(1) / rate)
                    }
                }
                group.addTask { await streaming.stream(to: clients, rate: rate) }
            }
            return try await body()
        }
    }

    // MARK: The end

    /// Waits until what was answered WRITTEN has come, or cannot come any more.
    private func settle(_ bounds: CourseCheck.Bounds) async {
        for _ in 0..<100 {
            if CourseCheck(history.course, bounds: bounds).outstanding == 0 { return }
            await pass(.milliseconds(200))
        }
    }

    private func faults(_ bounds: CourseCheck.Bounds) -> [String] {
        let faults = CourseCheck(history.course, bounds: bounds).faults
        return faults.prefix(20) + (faults.count > 20 ? ["and \(faults.count - 20) more"] : [])
    }
}
