import Foundation
import Testing

extension RealProcesses {
    @Suite("The first story")
    struct FirstStory {
        @Test("A text, an event and a file reach the agent that they were meant for, and no other")
        func story() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let till = try await Agent.start(scenario, gateway, id: "till-7")
                let other = try await Agent.start(scenario, gateway, id: "till-8")
                let file = try await TestFile(scenario, "menu.pdf", megabytes: 3)

                try await push(scenario, gateway, ["till-7", "--text", "good morning"])
                try await till.program.line(containing: "good morning")
                try await push(scenario, gateway, ["till-7", "--event", "update=tonight"])
                try await till.program.line(containing: "tonight")

                let put = try await scenario.succeed(Scenario.crier, ["put", file.path, "--gateway", gateway.grpc])
                #expect(put.last == file.id)
                try await push(scenario, gateway, ["till-7", "--file", file.id])
                try await till.program.line(containing: "menu.pdf")
                try await eventually("the file arrives") { file.isSame(as: till.directory + "/menu.pdf") }

                #expect(!other.program.output.lines.contains { $0.contains("good morning") || $0.contains("menu.pdf") })
                #expect(fileSize(other.directory + "/menu.pdf") == nil)
            }
        }

        @Test("push --file with a path uploads the file first; get fetches it by id and by name")
        func pathAndGet() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let agent = try await Agent.start(scenario, gateway, id: "a")
                let file = try await TestFile(scenario, "song.bin", megabytes: 2)
                try await push(scenario, gateway, ["a", "--file", file.path])
                try await eventually("the file arrives") { file.isSame(as: agent.directory + "/song.bin") }
                for (name, to) in [(file.id, "by-id"), ("song.bin", "by-name")] {
                    let target = scenario.path(to)
                    try await scenario.succeed(
                        Scenario.crier, ["get", name, "--to", target, "--gateway", gateway.grpc]
                    )
                    #expect(file.isSame(as: target))
                }
            }
        }

        @Test("A push waits for the client's acknowledgement when asked to, and fails without one")
        func waitFor() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let agent = try await Agent.start(scenario, gateway, id: "a")
                try await push(scenario, gateway, ["a", "--text", "heard?", "--wait-for", "received"])
                try await agent.program.line(containing: "heard?")
                let away = ["push", "b", "--text", "x", "--wait-for", "received", "--gateway", gateway.grpc]
                #expect(try await scenario.finish(Scenario.crier, away).status == 1)
            }
        }

        @Test("A pull rests, goes on and ends as its backend says")
        func controls() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let agent = try await Agent.start(scenario, gateway, id: "a", ["--limit-rate", "512k"])
                // Most of a minute each: both are under way when they are told to rest and to end.
                let file = try await TestFile(scenario, "slow.bin", megabytes: 24)
                let other = try await TestFile(scenario, "never.bin", megabytes: 25)
                try await push(scenario, gateway, ["a", "--file", file.path])
                try await push(scenario, gateway, ["a", "--file", other.path])
                try await push(scenario, gateway, ["a", "--cancel", other.id])
                try await push(scenario, gateway, ["a", "--pause", file.id])
                try await agent.program.note(containing: "asked to")
                let part = "\(agent.directory)/.crier/\(file.digest).part"
                let rested = fileSize(part) ?? 0
                #expect(fileSize(agent.directory + "/slow.bin") == nil)
                try await push(scenario, gateway, ["a", "--resume", file.id])
                try await eventually("it goes on") { (fileSize(part) ?? 0) > rested + 1 << 20 }
                #expect(fileSize(agent.directory + "/never.bin") == nil)
            }
        }

        @Test("An agent that comes back from a restart of the gateway gets what is pushed then")
        func reconnect() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let agent = try await Agent.start(scenario, gateway, id: "a")
                try await gateway.program.kill9()
                let second = try await gateway.again(scenario)
                try await agent.connected(second, scenario)
                try await push(scenario, second, ["a", "--text", "after the fall"])
                try await agent.program.line(containing: "after the fall")
            }
        }

        @Test("--on-file runs its program with the path of the verified file, and its exit status is reported")
        func onFile() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let installer = scenario.path("install")
                let script = "#!/bin/sh\ncp \"$1\" \"$1.installed\"\n"
                try script.write(toFile: installer, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: installer)
                let agent = try await Agent.start(scenario, gateway, id: "a", ["--on-file", installer])
                let file = try await TestFile(scenario, "app.bin", megabytes: 1)
                try await push(scenario, gateway, ["a", "--file", file.path])
                try await eventually("it is installed") { file.isSame(as: agent.directory + "/app.bin.installed") }
            }
        }
    }
}

/// `crier push`, which must report that the outcome is what was asked.
func push(_ scenario: Scenario, _ gateway: Gateway, _ arguments: [String]) async throws {
    try await scenario.succeed(Scenario.crier, ["push"] + arguments + ["--gateway", gateway.grpc])
}
