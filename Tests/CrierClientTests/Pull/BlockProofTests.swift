import Crypto
import Testing

@testable import CrierClient

@Suite("Proving what is there")
struct BlockProofTests {
    let temporary: TemporaryDirectory
    let content = sampleBytes(10_000)

    init() throws { temporary = try TemporaryDirectory() }

    private func prove(_ part: [UInt8]) throws -> BlockProof.Result {
        try temporary.write("part", part)
        let file = try #require(try DiskDirectory(path: temporary.path).openForReading("part"))
        let table = try FakeSource(content, blockSize: 1000).table()
        return try BlockProof.prove(file, fileSize: 10_000, against: table)
    }

    @Test("A part is believed up to its first wrong byte's block", arguments: [0, 999, 1000, 5555, 9999])
    func wrongByte(_ at: Int) throws {
        var part = content
        part[at] ^= 0x80
        #expect(try prove(part).firstMissing == Int64(at / 1000 * 1000))
    }

    @Test("A part is believed up to its last whole block", arguments: [0, 1, 999, 1000, 1001, 9500, 10_000])
    func shortPart(_ length: Int) throws {
        let expected = length == 10_000 ? 10_000 : length / 1000 * 1000
        #expect(try prove(Array(content[..<length])).firstMissing == Int64(expected))
    }

    @Test("The running digest covers what was proven and no more")
    func runningDigest() throws {
        var part = content
        part[3500] ^= 1
        let result = try prove(part)
        #expect(result.hasher.finalize() == SHA256.hash(data: content[..<3000]))
    }

    @Test("Bytes behind the end of the file do not disturb the proof")
    func longPart() throws {
        #expect(try prove(content + [1, 2, 3]).firstMissing == 10_000)
    }

    @Test(
        "A block table must fit the file",
        arguments: [(0, 0), (-1, 0), (1000, 9 * 32), (1000, 11 * 32), (1000, 319)]
    )
    func wrongTable(_ blockSize: Int, _ bytes: Int) {
        #expect(throws: CrierClientError.self) {
            try BlockTable(blockSize: Int64(blockSize), digests: [UInt8](repeating: 0, count: bytes), fileSize: 10_000)
        }
    }
}
