import CrierMessages
import Testing

@testable import crier

@Suite struct FileRowTests {
    @Test("The table of files says which nodes have each of them")
    func nodes() throws {
        let info = FileInfo(fileID: "sha256:0", name: "firmware.bin", size: 2_048, nodes: ["n1", "n3"])
        let row = FileRow(info)
        let column = try #require(FileRow.heading.firstIndex(of: "NODES"))
        #expect(row.cells.count == FileRow.heading.count)
        #expect(row.cells[column] == "n1,n3")
        #expect(row.nodes == ["n1", "n3"], "and so does its JSON")
    }
}
