import CrierClient
import Testing

@testable import crier

@Suite("What is printed")
struct OutputTests {
    @Test("What others sent cannot move the cursor or begin a new line")
    func printable() {
        #expect(Output.printable("a\nb\tc\u{1B}[2J\u{7F}\u{0}") == "a\\nb\\tc\\u{1b}[2J\\u{7f}\\u{0}")
        #expect(Output.printable("größe 日本") == "größe 日本")
    }

    @Test("Every code of the SDK has an exit status, and none of them says that all went well")
    func exitStatus() {
        for code in CrierClientError.Code.allCases { #expect(ExitStatus(code) != .asAsked) }
        for code in KeyValueClientError.Code.allCases { #expect(ExitStatus(code) != .asAsked) }
        #expect(ExitStatus(CrierClientError.Code.unavailable) == .unavailable)
        #expect(ExitStatus(KeyValueClientError.Code.indeterminate) == .unknown)
        #expect(ExitStatus(.noSpace) == .disk)
    }

    @Test("A moment is printed in UTC")
    func timestamps() {
        #expect(Timestamp.text(milliseconds: 1_763_717_894_000) == "2025-11-21T09:38:14Z")
        #expect(Timestamp.text(milliseconds: 0) == "")
    }

    @Test("A message is one line, whatever is in it")
    func agentRows() {
        var row = AgentRow(id: "1")
        (row.kind, row.text) = ("text", "two\nlines")
        #expect(row.line == "text two\\nlines")
    }
}
