import Foundation
import Testing

@testable import CrierCore

/// Thousands of schedules of a cluster's registry and routing, each from a seed.
///
/// `CRIER_SCHEDULES` is how many (`scripts/test` runs 100,000), `CRIER_SEED` one to replay.
@Suite("Cluster simulation")
struct ClusterSimulationTests {
    private static let count = number("CRIER_SCHEDULES") ?? 100
    private static let replayed = number("CRIER_SEED")
    /// Shares of the schedules that run beside each other.
    private static let shares: UInt64 = 4

    @Test(
        "Whatever happens to nodes, store and network, no push is misdelivered and every client is found again",
        .enabled(if: replayed == nil), arguments: 1...shares)
    func schedules(share: UInt64) throws {
        for seed in stride(from: share, through: Self.count, by: Int(Self.shares)) {
            let failure = try SimulatedWorld(seed: seed).run()
            #expect(failure == nil, "replay with CRIER_SEED=\(seed)")
            if failure != nil { return }
        }
    }

    @Test("The schedule of CRIER_SEED", .enabled(if: replayed != nil))
    func replay() throws {
        let seed = try #require(Self.replayed)
        let world = try SimulatedWorld(seed: seed, isTraced: true)
        let failure = world.run()
        for line in world.trace ?? [] { print(line) }
        #expect(failure == nil, "seed \(seed)")
    }

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}
