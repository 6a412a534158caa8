import Testing

extension RealProcesses {
    @Suite("A reconnect storm")
    struct Storm {
        private static let agents = 10_000
        /// Of this process: a descriptor for each agent, and some for all the rest.
        private static let descriptors = agents + 500

        @Test(
            "10,000 agents of a node that is killed come back at the others, are registered, and each can be reached",
            .enabled(if: Descriptors.raise() >= descriptors, "needs `ulimit -n` of \(descriptors) or more")
        )
        func storm() async throws {
            try await ClusterWorld.run { world in
                let storm = try await world.storm("storm", agents: Self.agents)
                figure(
                    "storm of 10,000: welcome after \(storm.welcome), registered after \(storm.registered), "
                        + "\(storm.transactionsPerSecond) transactions/s"
                )
            }
        }
    }
}
