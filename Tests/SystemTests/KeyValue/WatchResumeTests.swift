import Foundation
import Testing

extension RealProcesses {
    @Suite("crier kv: changes and crashes")
    struct KeyValueCrashes {
        /// So many lines to import, `key.000001` and on.
        private static func lines(_ range: ClosedRange<Int>) -> String {
            let form = #"{"key":"key.%06g","value":"x"}"#
            return "seq -f '\(form)' \(range.lowerBound) \(range.upperBound) | kv import"
        }

        /// The keys of a watch's lines, in their order.
        private static func keys(_ lines: [String]) -> [String] {
            lines.compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) }
        }

        private static func expected(_ range: ClosedRange<Int>) -> [String] {
            range.map { "key." + String(repeating: "0", count: 6 - "\($0)".count) + "\($0)" }
        }

        @Test("100,000 changes reach a reader that stops, is ended and comes back: none is lost, none comes twice")
        func slowReader() async throws {
            try await Scenario.run { scenario in
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario))
                let begin = try #require(try await kv("put", "begin", "x").first)
                let reader = try kv.startShell(
                    """
                    position=\(begin); : > all
                    for count in 12345 40000 100000; do
                        left=$((100000 - $(wc -l < all)))
                        # At first nobody reads: what the pipe holds is all that is taken from the gateway.
                        kv watch --from "$position" --count $((count < left ? count : left)) | (sleep 1; cat) > part
                        # The last revision may have been cut: only what comes before a position counts.
                        last=$(grep -n '^[0-9]' part | tail -n 1 | cut -d : -f 1)
                        head -n "$last" part >> all
                        position=$(sed -n "${last}p" part | cut -d ' ' -f 1)
                    done
                    cat all
                    """
                )
                _ = try await kv.shell(Self.lines(1...100_000))
                #expect(try await reader.ended() == .exited(0))
                let isRight = Self.keys(reader.output.lines) == Self.expected(1...100_000)
                #expect(isRight, "\(reader.output.lines.count) lines")
            }
        }

        @Test(
            "A watch goes over a kill -9 of the gateway: each change once, in order", arguments: StateBackend.allCases)
        func gatewayDies(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let gateway = try await Gateway.start(scenario, state)
                let kv = KeyValueShell(scenario: scenario, gateway: gateway)
                let begin = try #require(try await kv("put", "begin", "x").first)
                let watch = try kv.start("watch", "--from", begin, "--count", "2000")
                _ = try await kv.shell(Self.lines(1...1000))
                try await watch.line(containing: "key.000500")
                try await gateway.program.kill9()
                try await watch.note(containing: "again in")
                let second = KeyValueShell(scenario: scenario, gateway: try await gateway.again(scenario, state))
                _ = try await second.shell(Self.lines(1001...2000))
                #expect(try await watch.ended() == .exited(0))
                #expect(Self.keys(watch.output.lines) == Self.expected(1...2000))
            }
        }

        @Test("Puts that were answered are there after kill -9 of the gateway, whoever made them")
        func acknowledgedPuts() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let kv = KeyValueShell(scenario: scenario, gateway: gateway)
                let writers = try (1...3)
                    .map { writer in
                        try kv.startShell(
                            "for n in $(seq 1 10000); do kv put w\(writer).$n x > /dev/null; echo w\(writer).$n; done")
                    }
                for writer in writers { try await writer.line(containing: ".15") }
                try await gateway.program.kill9()
                var answered: Set<String> = []
                for writer in writers {
                    #expect(try await writer.ended() != .exited(0))
                    answered.formUnion(writer.output.lines)
                }
                let second = KeyValueShell(scenario: scenario, gateway: try await gateway.again(scenario))
                let kept = Set(try await second("list", "--keys"))
                #expect(answered.count >= 45 && answered.isSubset(of: kept), "\(answered.subtracting(kept))")
            }
        }
    }
}
