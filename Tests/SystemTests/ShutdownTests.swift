import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("Drain and take-over")
    struct Shutdown {
        @Test("SIGTERM: the gateway says NOT_SERVING, sends its agents away, and ends with status 0")
        func drain() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario, ["--drain-time", "2s"])
                let agent = try await Agent.start(scenario, gateway, id: "a")
                gateway.program.signal(SIGTERM)
                #expect(try await gateway.program.ended() == .exited(0))
                #expect(!agent.program.hasEnded)

                let second = try await gateway.again(scenario)
                try await agent.connected(second, scenario)
            }
        }

        @Test("A second agent with the same id takes over; the first one ends and does not come back")
        func superseded() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let first = try await Agent.start(scenario, gateway, id: "a")
                let second = try scenario.crier("agent", "--id", "a", "--gateway", gateway.grpc)
                let reason = try await first.program.ended()
                #expect(reason != .exited(0), "a script must be able to tell")
                try await push(scenario, gateway, ["a", "--text", "who is there?"])
                try await second.line(containing: "who is there?")
            }
        }

        @Test("An agent ends with status 0 when it is asked to")
        func agentStops() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let agent = try await Agent.start(scenario, gateway, id: "a")
                agent.program.signal(SIGTERM)
                #expect(try await agent.program.ended() == .exited(0))
                try await eventually("the gateway forgets it") {
                    let text = ["push", "a", "--text", "hello?", "--gateway", gateway.grpc]
                    return try await scenario.finish(Scenario.crier, text).status != 0
                }
            }
        }
    }
}
