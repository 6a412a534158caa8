import Testing

@testable import CrierClient

@Suite("Chunks held against the request")
struct ChunkCheckTests {
    let digest = ContentDigest(repeatElement(7, count: 32))!

    private func check(at offset: Int64 = 0, size: Int64 = 100) -> ChunkCheck {
        ChunkCheck(ChunkRequest(fileID: "f", offset: offset, digest: digest), size: size)
    }

    private func chunk(_ count: Int, at offset: Int64?, _ sequence: Int32 = 0, last: Bool = false) -> Chunk {
        let bytes = sampleBytes(count)
        return Chunk(content: bytes, sequence: sequence, isLast: last, offset: offset, crc32c: checksum(bytes))
    }

    private func code(_ body: () throws(CrierClientError) -> Void) -> CrierClientError.Code? {
        do throws(CrierClientError) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test("Chunks in order are taken whole")
    func inOrder() throws {
        var check = check(at: 40)
        #expect(try check.accept(chunk(30, at: 40)) == 0..<30)
        #expect(try check.accept(chunk(30, at: 70, 1)) == 0..<30)
        try check.finish(sawLast: true)
    }

    @Test("A gap or an overlap is refused", arguments: [39, 41, 0, 100, -1] as [Int64])
    func wrongOffset(_ offset: Int64) {
        var check = check(at: 40)
        #expect(code { () throws(CrierClientError) in _ = try check.accept(chunk(1, at: offset)) } != nil)
    }

    @Test("A gateway without offsets is counted from byte 0, and what is here already is dropped")
    func withoutOffsets() throws {
        var check = check(at: 40)
        #expect(try check.accept(chunk(30, at: nil)) == 30..<30)
        #expect(try check.accept(chunk(30, at: nil, 1)) == 10..<30)
        #expect(try check.accept(chunk(40, at: nil, 2)) == 0..<40)
        try check.finish(sawLast: true)
    }

    @Test("An offset that is missing in the middle is not guessed")
    func offsetVanishes() throws {
        var check = check()
        _ = try check.accept(chunk(10, at: 0))
        #expect(
            code { () throws(CrierClientError) in _ = try check.accept(chunk(10, at: nil, 1)) } == .protocolViolation
        )
    }

    @Test("A sequence that jumps is refused")
    func sequence() throws {
        var check = check()
        _ = try check.accept(chunk(10, at: nil))
        #expect(
            code { () throws(CrierClientError) in _ = try check.accept(chunk(10, at: nil, 2)) } == .protocolViolation
        )
    }

    @Test("More bytes than were announced are not pulled")
    func endless() {
        var check = check(size: 100)
        #expect(code { () throws(CrierClientError) in _ = try check.accept(chunk(101, at: 0)) } == .invalidArgument)
    }

    @Test("An offset near the end of all numbers does not trap")
    func overflow() {
        var check = ChunkCheck(ChunkRequest(fileID: "f", offset: .max - 1, digest: digest), size: .max)
        #expect(
            code { () throws(CrierClientError) in _ = try check.accept(chunk(10, at: .max - 1)) } == .invalidArgument
        )
    }

    @Test("A wrong checksum is seen")
    func checksum_() {
        var check = check()
        var bad = chunk(10, at: 0)
        bad.content[3] ^= 4
        #expect(code { () throws(CrierClientError) in _ = try check.accept(bad) } == .dataLoss)
    }

    @Test("Another file under the same id is seen at its first chunk")
    func changed() {
        var check = check()
        var other = chunk(10, at: 0)
        other.digest = ContentDigest(repeatElement(8, count: 32))
        #expect(code { () throws(CrierClientError) in _ = try check.accept(other) } == .changed)
    }

    @Test("An answer is whole only with its last chunk and its last byte")
    func truncation() throws {
        var check = check(size: 20)
        _ = try check.accept(chunk(10, at: 0, last: true))
        #expect(code { () throws(CrierClientError) in try check.finish(sawLast: true) } == .truncated)
        _ = try check.accept(chunk(10, at: 10, 1))
        #expect(code { () throws(CrierClientError) in try check.finish(sawLast: false) } == .truncated)
    }
}
