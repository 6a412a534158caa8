import Foundation
import Testing

extension RealProcesses.KeyValueCopies {
    /// Two counters that only ever move together, until it is ended.
    private static let writer = """
        for n in $(seq 1 100000); do
            kv txn > /dev/null <<< '{"then":[{"key":"left","increment":1},{"key":"right","increment":1}]}'
        done
        """

    @Test("A backup that was made while others write is one moment; restored, it has another epoch and resets watchers")
    func backup() async throws {
        try await Scenario.run { scenario in
            let gateway = try await Gateway.start(scenario)
            let kv = KeyValueShell(scenario: scenario, gateway: gateway)
            _ = try await kv.shell(Self.filling)
            let before = try await kv("export", "--prefix", "b")
            let old = try #require(try await kv("put", "marker", "old").first)
            let writer = try kv.startShell(Self.writer)
            try await eventually("the writer writes") { try await kv.run("get", "left").status == 0 }
            let file = scenario.path("state.kv")
            try await kv("backup", file)
            try await kv("put", "marker", "new")
            writer.signal(SIGKILL)
            #expect(fileSize(file + ".part") == nil)

            let restore = ["kv", "restore", file, "--data-dir", scenario.path("gateway")]
            #expect(try await scenario.finish(Scenario.crier, restore).status == 75, "the gateway runs")
            gateway.program.signal(SIGTERM)
            #expect(try await gateway.program.ended() == .exited(0))
            try await scenario.succeed(Scenario.crier, restore)
            let restored = try await Gateway.start(scenario)
            #expect(try await boot(restored) > boot(gateway))
            let again = KeyValueShell(scenario: scenario, gateway: restored)
            #expect(try await again("get", "marker") == ["old"])
            #expect(try await again("export", "--prefix", "b") == before)
            #expect(try await again("get", "left") == again("get", "right"))
            let watch = try await again.run("watch", "--from", old)
            #expect(watch.status == 1 && watch.output == ["- reset epoch"])
            let position = try await again.object("put", "new", "x")["position"] as? String
            #expect(position?.split(separator: ":").first != old.split(separator: ":").first)
        }
    }

    /// The number of a gateway's start, as it logs it.
    private func boot(_ gateway: Gateway) async throws -> Int {
        try await gateway.program.note(containing: "boot=")
        let words = gateway.program.errors.lines.flatMap { $0.split(separator: " ") }
        return try #require(words.first { $0.hasPrefix("boot=") }.flatMap { Int($0.dropFirst(5)) })
    }

    @Test("A file that is no backup, or a damaged one, replaces nothing")
    func refused() async throws {
        try await Scenario.run { scenario in
            let gateway = try await Gateway.start(scenario)
            let kv = KeyValueShell(scenario: scenario, gateway: gateway)
            _ = try await kv.shell(Self.filling)
            let file = scenario.path("state.kv")
            try await kv("backup", file)
            gateway.program.signal(SIGTERM)
            #expect(try await gateway.program.ended() == .exited(0))
            var bytes = try Data(contentsOf: URL(filePath: file))
            let middle = bytes.count / 2
            for index in middle..<min(middle + 20_000, bytes.count) { bytes[index] ^= 0x5A }
            try bytes.write(to: URL(filePath: scenario.path("damaged.kv")))
            try Data("hello".utf8).write(to: URL(filePath: scenario.path("text.kv")))
            for name in ["damaged.kv", "text.kv", "nothing.kv"] {
                let restore = ["kv", "restore", scenario.path(name), "--data-dir", scenario.path("gateway")]
                let status = try await scenario.finish(Scenario.crier, restore).status
                #expect(status == 1 || status == 74, "\(name): \(String(describing: status))")
            }
            let again = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario))
            #expect(try await again("get", "int") == ["-42"])
        }
    }
}
