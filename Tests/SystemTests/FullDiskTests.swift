import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("Full disk", .enabled("needs the right to mount a tmpfs in a namespace of its own", SmallDisk.isPossible))
    struct FullDisk {
        @Test(
            "The gateway's disk is full: the upload fails with a clear word, the gateway lives, and goes on with room")
        func gateway() async throws {
            try await Scenario.run { scenario in
                let disk = SmallDisk(scenario, "gateway", megabytes: 16)
                let gateway = try await Gateway(
                    ready: disk.start([
                        "serve", "--data-dir", disk.path, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0",
                    ])
                )
                let small = try await TestFile(scenario, "small.bin", megabytes: 1)
                try await scenario.succeed(Scenario.crier, ["put", small.path, "--gateway", gateway.grpc])
                let large = try await TestFile(scenario, "large.bin", megabytes: 24)
                let put = try scenario.start(Scenario.crier, ["put", large.path, "--gateway", gateway.grpc])
                try await put.note(containing: "no room")

                let target = scenario.path("copy.bin")
                try await scenario.succeed(
                    Scenario.crier, ["get", small.id, "--to", target, "--gateway", gateway.grpc])
                #expect(small.isSame(as: target))
                try await disk.grow(toMegabytes: 64, of: gateway.program)
                #expect(try await put.ended() == .exited(0))
                try await scenario.succeed(
                    Scenario.crier, ["get", large.id, "--to", target + "2", "--gateway", gateway.grpc]
                )
                #expect(large.isSame(as: target + "2"))
            }
        }

        @Test("The agent's disk fills up in the middle of a pull: it keeps the part, and goes on when there is room")
        func agent() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let disk = SmallDisk(scenario, "agent", megabytes: 40)
                let agent = ["agent", "--id", "a", "--dir", disk.path, "--gateway", gateway.grpc] + Kill.rate
                let program = try disk.start(agent)
                try await Agent(program: program, id: "a", directory: disk.path).connected(gateway, scenario)
                let file = try await TestFile(scenario, "large.bin", megabytes: 24)
                try await push(scenario, gateway, ["a", "--file", file.path])

                let inside = disk.seen(by: program)
                let part = "\(inside)/.crier/\(file.digest).part"
                try await eventually("a third has come") { (fileSize(part) ?? 0) > file.size / 3 }
                _ = try await scenario.finish("dd", ["if=/dev/zero", "of=\(inside)/others", "bs=1M", "count=64"])
                try await program.note(containing: "paused at byte")
                #expect((fileSize(part) ?? 0) > file.size / 3)
                try await push(scenario, gateway, ["a", "--text", "still there?"])
                try await program.line(containing: "still there?")

                try FileManager.default.removeItem(atPath: inside + "/others")
                try await eventually("the file is whole") {
                    file.isSame(as: inside + "/large.bin")
                }
                let sent = try await sentBytes(gateway, scenario, of: 2)
                #expect(sent >= file.size && sent <= file.size + Kill.slack, "\(sent) of \(file.size)")
            }
        }

        @Test("A file that does not fit is not begun; it is pulled when there is room")
        func agentWithoutRoom() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let disk = SmallDisk(scenario, "agent", megabytes: 8)
                let program = try disk.start(["agent", "--id", "a", "--dir", disk.path, "--gateway", gateway.grpc])
                try await Agent(program: program, id: "a", directory: disk.path).connected(gateway, scenario)
                let file = try await TestFile(scenario, "large.bin", megabytes: 24)
                try await push(scenario, gateway, ["a", "--file", file.path])
                try await program.note(containing: "paused at byte 0")
                try await disk.grow(toMegabytes: 64, of: program)
                let inside = disk.seen(by: program)
                try await eventually("the file is whole") {
                    file.isSame(as: inside + "/large.bin")
                }
            }
        }
    }
}

/// A tmpfs that only one process sees, in a mount namespace that ends with it.
struct SmallDisk: Sendable {
    /// Whether this machine lets us. Found out once, with a mount that nobody else sees.
    static func isPossible() async -> Bool {
        let unshare = ["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        guard let probe = try? Program("unshare", unshare, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        else { return false }
        return (try? await probe.ended()) == .exited(0)
    }

    let path: String
    private let scenario: Scenario
    private let megabytes: Int

    init(_ scenario: Scenario, _ name: String, megabytes: Int) {
        self.scenario = scenario
        self.megabytes = megabytes
        path = scenario.path(name)
    }

    /// Starts `crier` so that `path` is the small disk for it.
    func start(_ arguments: [String]) throws -> Program {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let shell = "mount -t tmpfs -o size=\(megabytes)m tmpfs \"$0\" && exec \"$@\""
        let unshare = ["--map-root-user", "--mount", "sh", "-c", shell, path, Scenario.crier]
        return try scenario.start("unshare", unshare + arguments)
    }

    /// Where we find, in /proc, what the process sees at `path`.
    func seen(by program: Program) -> String { "/proc/\(program.pid)/root\(path)" }

    func grow(toMegabytes size: Int, of program: Program) async throws {
        let remount = ["mount", "-o", "remount,size=\(size)m", path]
        try await scenario.succeed("nsenter", ["--target", "\(program.pid)", "--user", "--mount"] + remount)
    }
}
