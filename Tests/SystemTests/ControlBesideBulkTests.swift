import CrierClient
import CrierGRPC
import CrierMessages
import Testing

extension RealProcesses {
    @Suite("Control beside bulk")
    struct ControlBesideBulk {
        static let downloads = 8

        /// Ten times as long as without downloads, if the machine is so slow that this is more than 10 ms.
        @Test("While an agent pulls 8 files at full speed, a push reaches it in less than 10 ms (median)")
        func pushesDuringDownloads() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let agent = try await Agent.start(scenario, gateway, id: "a", ["--max-downloads", "\(Self.downloads)"])
                var files: [TestFile] = []
                for number in 0..<Self.downloads {
                    let file = try await TestFile(scenario, "bulk-\(number).bin", megabytes: 128)
                    try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                    files.append(file)
                }
                let link = try GatewayLink(GatewayConfiguration(targets: [#require(HostPort(gateway.grpc))]))
                let pusher = Pusher(link)
                var quiet: [Duration] = []
                for number in 0..<21 { try await quiet.append(delay(of: "quiet \(number).", pusher, agent)) }
                for file in files { try await tell(pusher, .fileNotice(FileNotice(fileID: file.id))) }

                try await eventually("all downloads are under way") {
                    try await gateway.metric("crier_downloads", scenario) == Double(Self.downloads)
                }
                var delays: [Duration] = []
                while try await gateway.metric("crier_downloads", scenario) > 0 {
                    for _ in 0..<5 { try await delays.append(delay(of: "probe \(delays.count).", pusher, agent)) }
                }
                await link.close()
                for file in files {
                    try await eventually("all files arrive") { file.isSame(as: "\(agent.directory)/\(file.name)") }
                }
                try #require(!delays.isEmpty, "the downloads were over too soon")
                let limit = max(.milliseconds(10), median(quiet) * 10)
                #expect(median(delays) < limit, "\(delays)")
            }
        }

        private func median(_ durations: [Duration]) -> Duration { durations.sorted()[durations.count / 2] }

        /// From before the push to the agent's line.
        private func delay(of text: String, _ pusher: Pusher, _ agent: Agent) async throws -> Duration {
            let start = ContinuousClock.now
            async let line = agent.program.line(containing: text)
            try await tell(pusher, .text(TextMessage(content: text)))
            _ = try await line
            return ContinuousClock.now - start
        }

        private func tell(_ pusher: Pusher, _ content: PushRequest.Content) async throws {
            let response = try await pusher.push(PushRequest(clientID: "a", content: content))
            #expect(response.success, "\(response.error)")
        }
    }
}
