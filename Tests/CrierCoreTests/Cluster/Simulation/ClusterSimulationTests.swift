import Foundation
import Testing

@testable import CrierCore

/// Thousands of schedules of a cluster's registry and routing, each from a seed.
///
/// `CRIER_SCHEDULES` is how many (`scripts/test` runs 100,000), `CRIER_SEED` one to replay.
@Suite("Cluster simulation")
struct ClusterSimulationTests {
    @Test("Whatever happens to nodes, store and network, no push is misdelivered and every client is found again")
    func schedules() throws {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["CRIER_SEED"].flatMap({ UInt64($0) }) {
            let world = try SimulatedWorld(seed: seed, isTraced: true)
            let failure = world.run()
            for line in world.trace ?? [] { print(line) }
            #expect(failure == nil, "seed \(seed)")
            return
        }
        let count = environment["CRIER_SCHEDULES"].flatMap { UInt64($0) } ?? 100
        for seed in 1...count {
            let failure = try SimulatedWorld(seed: seed).run()
            #expect(failure == nil, "replay with CRIER_SEED=\(seed)")
            if failure != nil { return }
        }
    }
}
