import Foundation
import Testing

extension RealProcesses {
    @Suite("Files, and kill -9 at any moment")
    struct FileCrashes {
        private static let uploads = 12
        private static let kills = 4

        @Test(
            "Files go up and one comes down while the gateway dies again and again: nothing acknowledged is lost",
            arguments: [1, 2, 3] as [UInt64]
        )
        func againAndAgain(seed: UInt64) async throws {
            try await Scenario.run { scenario in
                var random = SplitMix(state: seed)
                var gateway = try await Gateway.start(scenario)
                let big = try await TestFile(scenario, "big.bin", megabytes: 24)
                try await scenario.succeed(Scenario.crier, ["put", big.path, "--gateway", gateway.grpc])
                let files = try await Self.make(scenario, &random)

                // The same after every restart.
                let address = gateway.grpc
                let target = scenario.path("down/big.bin")
                let part = scenario.path("down/.crier/\(big.digest).part")
                try FileManager.default.createDirectory(
                    atPath: scenario.path("down"), withIntermediateDirectories: true)
                let get = ["get", big.id, "--to", target, "--limit-rate", "6M", "--gateway", address]
                let down = try scenario.start(Scenario.crier, get)
                async let up: Void = Self.put(files, scenario, address)

                for _ in 0..<Self.kills {
                    let moment = (fileSize(part) ?? 0) + Int.random(in: 1...(4 << 20), using: &random)
                    try await eventually("the download moves on") {
                        down.hasEnded || (fileSize(part) ?? 0) >= min(moment, big.size - 1)
                    }
                    try await gateway.program.kill9()
                    gateway = try await gateway.again(scenario)
                }
                try await up
                if try await down.ended() != .exited(0) {
                    try await scenario.succeed(Scenario.crier, get)
                }
                #expect(big.isSame(as: target))
                try await Self.checkAll(files, scenario, gateway)
            }
        }

        private static func make(_ scenario: Scenario, _ random: inout SplitMix) async throws -> [TestFile] {
            var files: [TestFile] = []
            for number in 0..<uploads {
                let size = Int.random(in: 1...(6 << 20), using: &random)
                files.append(try await TestFile(scenario, "\(number).bin", bytes: size))
            }
            return files
        }

        /// One after the other; each must be acknowledged, however often it is interrupted.
        private static func put(_ files: [TestFile], _ scenario: Scenario, _ gateway: String) async throws {
            for file in files {
                let put = ["put", file.path, "--gateway", gateway]
                // It goes on by itself while it can; a script would call it again.
                if try await scenario.finish(Scenario.crier, put).status != 0 {
                    try await scenario.succeed(Scenario.crier, put)
                }
            }
        }

        /// After one more kill, every acknowledged file is there under its name, with the bytes that went up.
        private static func checkAll(_ files: [TestFile], _ scenario: Scenario, _ gateway: Gateway) async throws {
            try await gateway.program.kill9()
            let last = try await gateway.again(scenario)
            for file in files {
                let copy = scenario.path("copy-\(file.name)")
                try await scenario.succeed(Scenario.crier, ["get", file.name, "--to", copy, "--gateway", last.grpc])
                #expect(file.isSame(as: copy), "\(file.name)")
            }
        }
    }
}

/// Numbers that look random and are the same for a seed (Steele, Lea and Flood's SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
