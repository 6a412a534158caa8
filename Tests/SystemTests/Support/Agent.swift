/// A running `crier agent`, connected.
struct Agent: Sendable {
    let program: Program
    let id: String
    let directory: String

    /// Starts an agent and waits until the gateway counts it as connected.
    static func start(_ scenario: Scenario, _ gateway: Gateway, id: String, _ more: [String] = []) async throws -> Agent
    {
        let directory = scenario.path("agent-\(id)")
        let arguments = ["agent", "--id", id, "--dir", directory, "--gateway", gateway.grpc] + more
        let program = try scenario.start(Scenario.crier, arguments)
        let agent = Agent(program: program, id: id, directory: directory)
        try await agent.connected(gateway, scenario)
        return agent
    }

    /// Waits until a push reaches it. Nothing of the agent's own output is taken as proof.
    func connected(_ gateway: Gateway, _ scenario: Scenario) async throws {
        try await eventually("\(id) is connected") { [id] in
            let probe = ["push", id, "--event", "probe", "--gateway", gateway.grpc]
            return try await scenario.finish(Scenario.crier, probe).status == 0
        }
    }
}
