import CrierCore
import Testing

@Suite("Block sizes")
struct BlockSizeTests {
    @Test(
        "Blocks are the smallest power of two that keeps a file below 2,000 of them",
        arguments: [
            (0, 128 << 10), (1, 128 << 10), (2_000 * (128 << 10) - 1, 128 << 10), (2_000 * (128 << 10), 256 << 10),
            (1 << 30, 1 << 20), (1 << 40, 16 << 20),
        ] as [(Int64, Int64)]
    )
    func rule(_ fileSize: Int64, _ blockSize: Int64) {
        #expect(BlockSize.forFile(ofSize: fileSize) == blockSize)
    }

    @Test("An empty file has no block, one byte has one")
    func count() {
        #expect(BlockSize.count(fileSize: 0, blockSize: 128 << 10) == 0)
        #expect(BlockSize.count(fileSize: 1, blockSize: 128 << 10) == 1)
        #expect(BlockSize.count(fileSize: 128 << 10, blockSize: 128 << 10) == 1)
        #expect(BlockSize.count(fileSize: (128 << 10) + 1, blockSize: 128 << 10) == 2)
    }
}

@Suite("What an uploader may announce")
struct UploadBeginningTests {
    private func begin(size: Int64, offset: Int64 = 0, mediaType: String = "") throws -> UploadBeginning {
        try UploadBeginning(
            id: UploadID("u"), name: FileName("n", field: "name"), size: size, digest: nil, offset: offset,
            mediaType: mediaType
        )
    }

    @Test("Sizes, offsets and media types out of bounds are refused by name")
    func bounds() {
        #expect(throws: Never.self) { try begin(size: 0) }
        for (size, offset, field) in [
            (-1, 0, "size"), (FileLimits.fileBytes + 1, 0, "size"), (5, -1, "offset"), (5, 6, "offset"),
        ] {
            let error = #expect(throws: FileStoreError.self) { try begin(size: size, offset: Int64(offset)) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.hasPrefix(field + " ") == true)
        }
        #expect(throws: FileStoreError.self) { try begin(size: 1, mediaType: String(repeating: "m", count: 256)) }
    }
}
