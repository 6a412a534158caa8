import Foundation
import Testing

extension RealProcesses {
    @Suite("kill -9")
    struct Kill {
        /// Large enough to be cut in the middle at this rate, however late a test looks; small enough to end soon
        /// afterwards.
        static let megabytes = 24
        static let rate = ["--limit-rate", "3M"]
        /// What may be fetched twice: one block, and what was on its way (flow-control window and socket buffers).
        static let slack = 5 << 20

        @Test("The gateway dies in the middle of a download: the agent goes on with the first byte that it lacks")
        func gatewayWhileDownloading() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let file = try await TestFile(scenario, "big.bin", megabytes: Self.megabytes)
                try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                let agent = try await Agent.start(scenario, gateway, id: "a", Self.rate)
                try await push(scenario, gateway, ["a", "--file", file.id])
                let part = try await halfway(agent.directory, file)
                try await gateway.program.kill9()
                let had = fileSize(part) ?? 0
                #expect(had > 0 && had < file.size)

                let second = try await gateway.again(scenario)
                try await eventually("the file is whole") {
                    file.isSame(as: agent.directory + "/big.bin")
                }
                let sent = try await sentBytes(second, scenario)
                #expect(sent <= file.size - had + Self.slack, "\(sent) sent, \(had) were there")
            }
        }

        @Test("The agent dies in the middle of a download: the next one goes on without being told again")
        func agentWhileDownloading() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let file = try await TestFile(scenario, "big.bin", megabytes: Self.megabytes)
                try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                let agent = try await Agent.start(scenario, gateway, id: "a", Self.rate)
                try await push(scenario, gateway, ["a", "--file", file.id])
                _ = try await halfway(agent.directory, file)
                try await agent.program.kill9()

                let next = try await Agent.start(scenario, gateway, id: "a")
                try await eventually("the file is whole") {
                    file.isSame(as: next.directory + "/big.bin")
                }
                let sent = try await sentBytes(gateway, scenario, of: 2)
                #expect(sent >= file.size && sent <= file.size + Self.slack, "\(sent) of \(file.size)")
                let leftovers = try FileManager.default.contentsOfDirectory(atPath: next.directory + "/.crier")
                #expect(!leftovers.contains { $0.hasSuffix(".part") }, "\(leftovers)")
            }
        }

        @Test("The gateway dies in the middle of an upload: the upload goes on from what was committed")
        func gatewayWhileUploading() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let file = try await TestFile(scenario, "big.bin", megabytes: 96)
                let put = ["put", file.path, "--gateway", gateway.grpc]
                let upload = try scenario.start(Scenario.crier, put)
                try await eventually("bytes arrive") { Self.bytes(below: scenario.path("gateway")) > 16 << 20 }
                try await gateway.program.kill9()
                let second = try await gateway.again(scenario)
                // It either retries by itself or is called again with the same file, as a script would.
                if try await upload.ended() != .exited(0) {
                    try await scenario.succeed(Scenario.crier, put)
                }
                let target = scenario.path("copy.bin")
                try await scenario.succeed(Scenario.crier, ["get", file.id, "--to", target, "--gateway", second.grpc])
                #expect(file.isSame(as: target))
            }
        }

        @Test("A get that is killed is gone on with by the next one")
        func getIsKilled() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let file = try await TestFile(scenario, "big.bin", megabytes: Self.megabytes)
                try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                let target = scenario.path("there/copy.bin")
                let get = ["get", file.id, "--to", target, "--gateway", gateway.grpc]
                try FileManager.default.createDirectory(
                    atPath: scenario.path("there"), withIntermediateDirectories: true)
                let first = try scenario.start(Scenario.crier, get + Self.rate)
                _ = try await halfway(scenario.path("there"), file)
                try await first.kill9()
                #expect(fileSize(target) == nil, "an unfinished file stands under its final name")
                try await scenario.succeed(Scenario.crier, get)
                #expect(file.isSame(as: target))
                let sent = try await sentBytes(gateway, scenario, of: 2)
                #expect(sent >= file.size && sent <= file.size + Self.slack, "\(sent) of \(file.size)")
            }
        }

        @Test("A file that was acknowledged is there after kill -9, and so is its name")
        func acknowledgedFile() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let file = try await TestFile(scenario, "kept.bin", megabytes: 1)
                try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                try await gateway.program.kill9()
                let second = try await gateway.again(scenario)
                let target = scenario.path("copy.bin")
                try await scenario.succeed(
                    Scenario.crier, ["get", "kept.bin", "--to", target, "--gateway", second.grpc])
                #expect(file.isSame(as: target))
            }
        }

        /// Waits until about half of the file is in its part file, and returns the part's path.
        private func halfway(_ directory: String, _ file: TestFile) async throws -> String {
            let part = "\(directory)/.crier/\(file.digest).part"
            try await eventually("half of the file has come") { (fileSize(part) ?? 0) > file.size / 3 }
            return part
        }

        private static func bytes(below directory: String) -> Int {
            let names = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
            return names.reduce(0) { $0 + (fileSize("\(directory)/\($1)") ?? 0) }
        }
    }
}

/// Bytes of files that a gateway has given to its clients, once this many downloads have ended.
func sentBytes(_ gateway: Gateway, _ scenario: Scenario, of downloads: Double = 1) async throws -> Int {
    try await eventually("the downloads have ended") {
        let started = try await gateway.metric("crier_downloads_started_total", scenario)
        let underWay = try await gateway.metric("crier_downloads", scenario)
        return started >= downloads && underWay == 0
    }
    return Int(try await gateway.metric("crier_download_bytes_total", scenario))
}
