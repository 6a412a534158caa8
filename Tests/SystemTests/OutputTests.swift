import Foundation
import Testing

extension RealProcesses {
    @Suite("Output and exit codes")
    struct Output {
        @Test("A push to a client that is not connected fails, and says so")
        func notConnected() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let push = ["push", "nobody", "--text", "hello", "--gateway", gateway.grpc]
                let finished = try await scenario.finish(Scenario.crier, push)
                let words = finished.text.lowercased().filter { $0 != " " && $0 != "_" }
                #expect(finished.status == 1)
                #expect(words.contains("notconnected"), "\(finished.text)")
            }
        }

        @Test("A push of a file that nobody has fails, and names the file")
        func unknownFile() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                _ = try await Agent.start(scenario, gateway, id: "a")
                let id = "sha256:" + String(repeating: "0", count: 64)
                let finished = try await scenario.finish(
                    Scenario.crier, ["push", "a", "--file", id, "--gateway", gateway.grpc]
                )
                #expect(finished.status != 0)
                #expect(finished.text.contains(id))
            }
        }

        @Test("A gateway that is not there ends a command within its time, naming the address")
        func noGateway() async throws {
            try await Scenario.run { scenario in
                // Port 1 is nobody's.
                let finished = try await scenario.finish(Scenario.crier, ["files", "--gateway", "127.0.0.1:1"])
                #expect(finished.status == 69, "sysexits.h: EX_UNAVAILABLE")
                #expect(finished.text.contains("127.0.0.1:1"))
            }
        }

        @Test("files and clients print JSON that a program can read")
        func json() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                _ = try await Agent.start(scenario, gateway, id: "till-7", ["--label", "shop=42"])
                let file = try await TestFile(scenario, "menu.pdf", bytes: 12_345)
                try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                let files = try await json(scenario, gateway, "files")
                #expect(files.contains(file.id) && files.contains("menu.pdf") && files.contains("12345"))
                let clients = try await json(scenario, gateway, "clients")
                #expect(clients.contains("till-7") && clients.contains("shop") && clients.contains("42"))
            }
        }

        @Test("files and clients print one line each for people")
        func lines() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                _ = try await Agent.start(scenario, gateway, id: "till-7")
                let file = try await TestFile(scenario, "menu.pdf", bytes: 0)
                try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                let files = try await scenario.succeed(Scenario.crier, ["files", "--gateway", gateway.grpc])
                #expect(files.contains { $0.contains("menu.pdf") })
                let clients = try await scenario.succeed(Scenario.crier, ["clients", "--gateway", gateway.grpc])
                #expect(clients.contains { $0.contains("till-7") })
            }
        }

        @Test("version prints one line")
        func version() async throws {
            try await Scenario.run { scenario in
                let lines = try await scenario.succeed(Scenario.crier, ["version"])
                #expect(lines.count == 1)
            }
        }

        /// The listing's text, after it has been read as JSON: one document, or one a line.
        private func json(_ scenario: Scenario, _ gateway: Gateway, _ command: String) async throws -> String {
            let arguments = [command, "--gateway", gateway.grpc, "--output", "json"]
            let lines = try await scenario.succeed(Scenario.crier, arguments)
            let text = lines.joined(separator: "\n")
            if (try? JSONSerialization.jsonObject(with: Data(text.utf8))) == nil {
                for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
            }
            return text
        }
    }
}
