import Foundation
import Testing

extension RealProcesses {
    /// `scripts/test --long`: all scenarios in an order of chance, one after the other on the same cluster, for a given
    /// time.
    @Suite("The long run", .enabled(if: LongRun.minutes != nil, "scripts/test --long runs it"))
    struct Soak {
        @Test("All promises hold in any order of faults", .timeLimit(.minutes((LongRun.minutes ?? 0) + 15)))
        func soak() async throws {
            var chance = Chance(state: LongRun.seed)
            figure("the long run: CRIER_TEST_SEED=\(LongRun.seed), \(LongRun.minutes ?? 0) minutes")
            let end = ContinuousClock.now + .seconds(60 * (LongRun.minutes ?? 0))
            try await SplitNetwork.withIfPossible { network in
                try await ClusterWorld.run(in: network, ["--heartbeat-interval", "3s", "--drain-time", "5s"]) { world in
                    var round = 0
                    while ContinuousClock.now < end {
                        round += 1
                        for scenario in SoakScenario.possible(network != nil).shuffled(using: &chance) {
                            guard ContinuousClock.now < end else { break }
                            let name = ClusterPlaces.nodeNames.randomElement(using: &chance) ?? "n1"
                            figure("round \(round): \(scenario) (\(name))")
                            try await scenario.play(in: world, "r\(round)-\(scenario)", name)
                        }
                    }
                }
            }
        }
    }
}

/// How long, and in which order.
private enum LongRun {
    static let minutes = ProcessInfo.processInfo.environment["CRIER_TEST_MINUTES"].flatMap { Int($0) }
    static let seed =
        ProcessInfo.processInfo.environment["CRIER_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 1...999_999)
}

/// A scenario of the long run.
private enum SoakScenario: CaseIterable {
    case eachToEach, moves, kill, stop, clones, leaderKilled, leaderStopped, storeAway, restart
    case minority, withoutStore, withoutPeers

    static func possible(_ hasNetwork: Bool) -> [SoakScenario] {
        allCases.filter { hasNetwork || ![.minority, .withoutStore, .withoutPeers].contains($0) }
    }

    func play(in world: ClusterWorld, _ tag: String, _ name: String) async throws {
        switch self {
        case .eachToEach: try await world.eachReachesEach(tag)
        case .moves: try await world.agentMoves(tag, times: 20)
        case .kill: try await world.killHolder(tag, name)
        case .stop: try await world.stopHolder(tag, name)
        case .clones: try await world.clones(tag)
        case .leaderKilled: try await world.leaderKilled(tag)
        case .leaderStopped: try await world.leaderStopped(tag)
        case .storeAway: try await world.storeAway(tag, for: .seconds(30))
        case .restart: try await world.restartAll(tag)
        case .minority: try await world.memberCutOff(tag, for: .seconds(24))
        case .withoutStore: try await world.nodeWithoutStore(tag, name, for: .seconds(20))
        case .withoutPeers: try await world.nodeWithoutPeers(tag, name, for: .seconds(20))
        }
        await world.retire()
    }
}

/// SplitMix64: the same seed, the same order.
private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
