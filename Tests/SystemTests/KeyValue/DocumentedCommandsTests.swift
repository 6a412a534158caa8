import Foundation
import Testing

extension RealProcesses {
    @Suite("docs/key-value.md")
    struct DocumentedKeyValue {
        private static let page: String = {
            let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
            return (try? String(contentsOf: root.appending(path: "docs/key-value.md"), encoding: .utf8)) ?? ""
        }()

        @Test("The seven curl commands do, word for word, what a first user expects")
        func sevenCommands() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let block = try #require(
                    Self.page.split(separator: "## Seven commands").last?.split(separator: "```").dropFirst().first)
                let commands = block.replacing("127.0.0.1:8080", with: gateway.http)
                let numbered = commands.split(separator: "\n# ").map { "# " + $0 }
                #expect(numbered.count == 8, "the address, then seven")
                let follow = try #require(numbered.last?.split(separator: "\n").last.map(String.init))
                let stream = try scenario.start("bash", ["-c", "exec \(follow)"])
                try await stream.line(containing: "event: bookmark")
                let script = numbered.dropLast().joined(separator: "\necho\n")
                let done = try await scenario.finish("bash", ["-c", script])
                #expect(done.status == 0)
                let answers = done.output.filter { !$0.isEmpty }
                #expect(answers.first == #"{"namespace":"app-1","key":"counter","value":"100","type":"int"}"#)
                #expect(answers.dropFirst().first?.contains(#""value":"100","type":"int","updatedAt":"#) == true)
                try await stream.line(containing: #""op":"delete","previous":"100""#)
                let told = stream.output.lines.filter { $0.hasPrefix("data: ") && $0.contains("namespace") }
                #expect(told.map { $0.contains("counter") } == [true, false, false, true])
                stream.signal(SIGKILL)
            }
        }
    }
}
