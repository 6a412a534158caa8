import CrierCore
import CrierGRPC
import Foundation
import NIOCore
import Testing

@testable import CrierServices

@Suite("The table of errors in docs/key-value.md")
struct ErrorTableTests {
    private struct Row {
        let rest: String
        let grpc: String
    }

    /// The rows of the page, by the code in their first column.
    private static func rows() throws -> [String: Row] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let page = try String(contentsOf: root.appending(path: "docs/key-value.md"), encoding: .utf8)
        let lines = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let cells = lines.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        return Dictionary(
            cells.filter { $0.count == 4 }.map { ($0[0].replacing("`", with: ""), Row(rest: $0[1], grpc: $0[2])) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    @Test("It says what REST and gRPC answer, for every code of the store", arguments: KeyValueError.Code.allCases)
    func isTrue(code: KeyValueError.Code) throws {
        let error = KeyValueError(code, "why")
        let (row, status) = (try #require(try Self.rows()["\(code)"]), GRPCStatus(error))
        let problem = String(buffer: Problem(error).body)
        #expect(problem.contains("\"status\":\(row.rest),") && row.grpc == status.code.name, "\(problem)")
        // The name by which programs are told.
        #expect(problem.contains("\"code\":\"\(code)\"") && status.metadata.first("crier-error") == "\(code)")
    }
}
