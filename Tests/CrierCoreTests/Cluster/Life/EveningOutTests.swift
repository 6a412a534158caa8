import Foundation
import Testing

@testable import CrierCore

/// `CRIER_SCHEDULES`, which scripts set for long runs, makes more of them.
@Suite("Evening out, simulated")
struct EveningOutTests {
    private static let seeds: Int = {
        let schedules = ProcessInfo.processInfo.environment["CRIER_SCHEDULES"].flatMap { Int($0) } ?? 0
        return max(30, schedules / 100)
    }()

    /// Above its share and all margins.
    private func excess(_ simulation: EveningOutSimulation) -> Int {
        let average = simulation.total / simulation.nodes.count + 1
        let margin = max(average / LifeLimits.marginShare, LifeLimits.leastMargin)
        let allowed = average + margin + max(average / (2 * LifeLimits.marginShare), LifeLimits.leastMargin / 2)
        return simulation.nodes.map { $0.count - allowed }.max() ?? 0
    }

    @Test("From any start, with counts that are seconds old, it gets even, stops, and moves few more than it must")
    func converges() throws {
        for seed in 1...Self.seeds {
            var simulation = try EveningOutSimulation(seed: UInt64(seed))
            let average = simulation.total / simulation.nodes.count
            let needed = simulation.nodes.reduce(0) { $0 + max($1.count - average, 0) }
            simulation.run(seconds: 1_800)
            #expect(excess(simulation) <= 0, "seed \(seed): not even after half an hour")
            let shed = simulation.nodes.reduce(0) { $0 + $1.shed }
            #expect(shed <= needed * 6 / 5 + 50, "seed \(seed): \(shed) shed, \(needed) were too many")
            let last = simulation.lastShed
            simulation.run(seconds: 1_800)
            #expect(simulation.lastShed == last, "seed \(seed): it does not stop")
        }
    }

    @Test("Another node in the middle of it gets its share too")
    func joins() throws {
        for seed in 1...Self.seeds / 2 {
            var simulation = try EveningOutSimulation(seed: UInt64(seed))
            simulation.run(seconds: 60)
            try simulation.join(clients: 0)
            simulation.run(seconds: 1_800)
            #expect(excess(simulation) <= 0, "seed \(seed)")
            let last = simulation.lastShed
            simulation.run(seconds: 1_800)
            #expect(simulation.lastShed == last, "seed \(seed)")
        }
    }
}

@Suite("Shedding")
struct SheddingTests {
    private func targets() throws -> RedirectTargets {
        let node = ClusterNode(
            id: try NodeID(validating: "n2"), incarnation: Incarnation(rawValue: 2), peerAddress: "p",
            clientAddress: "n2:6565")
        return RedirectTargets(from: [node], below: 100)
    }

    @Test("So many clients are told where to go, and end; those that just came, or owe an acknowledgement, stay")
    func sheds() throws {
        let test = try TestGateway(loops: 2)
        let agents = try (0..<20).map { try test.connect("agent-\($0)", on: $0 % 2) }
        test.gateway.shed(6, try targets())
        test.settle()
        #expect(agents.allSatisfy { $0.outlet.end == nil })
        test.wallClock += 61_000
        let young = try test.connect("young")
        try test.push("x", to: "agent-3", waitFor: .received)
        test.gateway.shed(6, try targets())
        test.settle()
        let gone = agents.filter { $0.outlet.end == .rebalanced }
        #expect(gone.count == 6)
        #expect(gone.flatMap(\.outlet.redirects).allSatisfy { $0.reason == .rebalance && $0.targets == ["n2:6565"] })
        test.gateway.shed(100, try targets())
        test.settle()
        #expect(agents.filter { $0.outlet.end == nil }.count == 1 && agents[3].outlet.end == nil)
        #expect(young.outlet.end == nil)
        test.gateway.shed(100, .none)
        #expect(young.outlet.end == nil)
    }
}
