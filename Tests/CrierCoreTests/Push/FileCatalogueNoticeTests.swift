import Testing

@testable import CrierCore

@Suite struct FileCatalogueNoticeTests {
    private let catalogue = FileCatalogue(nodeID: "n")
    private let digest = ContentDigest([UInt8](repeating: 7, count: 32))!

    init() throws {
        let content = FileCatalogue.Content(size: 10, blockSize: 4, createdAt: 1, mediaType: "")
        catalogue.add(content, digest: digest)
        let name = try FileName("fw.bin", field: "name")
        catalogue.bind(name, to: FileCatalogue.Binding(digest: digest, createdAt: 1, mediaType: ""))
    }

    @Test(
        "The store's facts are filled in and the caller's other fields kept, by id and by name",
        arguments: [true, false])
    func fillsIn(byName: Bool) throws {
        var asked = FileNotice(fileID: byName ? "fw.bin" : digest.description)
        asked.fileSize = -5
        asked.rolloutID = "r"
        asked.maximumBytesPerSecond = 3
        let notice = try catalogue.completed(asked)
        #expect(notice.fileName == "fw.bin" && notice.fileSize == 10 && notice.blockSize == 4)
        #expect(notice.fileID == digest.description, "a name may point to another file by the time it is pulled")
        #expect(notice.sha256 == digest.bytes)
        #expect(notice.rolloutID == "r" && notice.maximumBytesPerSecond == 3)
    }

    @Test(
        "What is no file id, and what is not there, is refused naming the field",
        arguments: [("../x", GatewayError.Code.invalidArgument), ("", .invalidArgument), ("other", .notFound)]
    )
    func refuses(id: String, code: GatewayError.Code) {
        let error = #expect(throws: GatewayError.self) { try catalogue.completed(FileNotice(fileID: id)) }
        #expect(error?.code == code && error?.field == "file_notice.file_id")
    }

    @Test("A damaged file is not announced")
    func damaged() {
        catalogue.markDamaged(digest, "block 3")
        let error = #expect(throws: GatewayError.self) {
            try catalogue.completed(FileNotice(fileID: digest.description))
        }
        #expect(error?.code == .failedPrecondition)
    }
}
