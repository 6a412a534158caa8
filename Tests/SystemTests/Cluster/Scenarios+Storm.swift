import Glibc
import Testing

extension ClusterWorld {
    /// All agents are on one node, which is killed: they come back at the others, all at once.
    /// - Returns: from the kill until all are welcome, and until all are registered; transactions of the registry a
    ///   second.
    @discardableResult
    func storm(
        _ tag: String, agents count: Int
    ) async throws -> (welcome: Duration, registered: Duration, transactionsPerSecond: Double) {
        let (victim, others) = ("n3", ["n1", "n2"])
        // Without heartbeats: ten thousand agents of one process need not all beat as well.
        try await connect(count, tag, on: [victim] + others, AgentHabits(beats: false))
        let backend = try backend("\(tag)-check", on: ["n1"])
        let before = history.sessionCount
        let transactionsBefore = try await transactions(of: others)
        let times = try await history.disturbed("kill -9 of \(victim) with \(count) agents", node: victim) {
            try await Stopwatch.run { watch in
                try await node(victim).process.kill9()
                try await eventually("\(count) agents are welcome elsewhere") { [history] in
                    history.sessionCount >= before + count
                }
                let welcome = watch.elapsed
                try await eventually("all are registered") { [nodes, scenario] in
                    for node in nodes where others.contains(node.name) {
                        guard try await node.metric("crier_registry_backlog", scenario) == 0 else { return false }
                    }
                    return true
                }
                return (welcome: welcome, registered: watch.elapsed)
            }
        }
        let rate = try await (transactions(of: others) - transactionsBefore) / (times.registered / .seconds(1))
        #expect(rate <= 200, "\(rate) transactions a second")
        let clients = (0..<count).map { "\(tag)-\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<8 {
                let share = stride(from: part, to: count, by: 8).map { clients[$0] }
                group.addTask { try await self.reach(share, through: backend) }
            }
            try await group.waitForAll()
        }
        try await node(victim).start()
        return (times.welcome, times.registered, rate)
    }

    private func transactions(of names: [String]) async throws -> Double {
        var sum = 0.0
        for name in names { sum += try await node(name).metric("crier_registry_transactions_total", scenario) }
        return sum
    }
}

/// What this process may have open at once.
enum Descriptors {
    /// Raises the soft limit to the hard one, and says how many that is.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(limit.rlim_cur)
    }
}
