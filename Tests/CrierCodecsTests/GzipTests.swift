import Testing

@testable import CrierCodecs

@Suite("gzip")
struct GzipTests {
    private func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        try bytes.withUnsafeBytes { try Gzip.compress($0) }
    }

    private func decompress(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
        try bytes.withUnsafeBytes { try Gzip.decompress($0, limit: limit) }
    }

    @Test("What is compressed comes back, also when it fills the limit", arguments: [0, 1, 4095, 4096, 4097, 300_000])
    func roundTrip(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 50) }
        #expect(try decompress(compress(bytes), limit: count) == bytes)
        #expect(try decompress(compress(bytes), limit: count + 1) == bytes)
    }

    @Test("A member that another program made is read")
    func foreign() throws {
        // printf hello | gzip -n
        let member: [UInt8] = [
            0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36,
            0x05, 0, 0, 0,
        ]
        #expect(try decompress(member, limit: 100) == Array("hello".utf8))
    }

    @Test("A bomb is refused at the limit")
    func bomb() throws {
        let bomb = try compress([UInt8](repeating: 0, count: 10 << 20))
        #expect(throws: CodecError.tooLarge(limit: 4 << 20)) { try decompress(bomb, limit: 4 << 20) }
        #expect(throws: CodecError.tooLarge(limit: 0)) { try decompress(bomb, limit: 0) }
    }

    @Test("A member that is cut, damaged or followed by more is refused")
    func corrupt() throws {
        let member = try compress(Array("hello, hello, hello".utf8))
        for count in 0..<member.count {
            #expect(throws: CodecError.corrupt(format: .gzip)) { try decompress(Array(member[..<count]), limit: 100) }
        }
        #expect(throws: CodecError.corrupt(format: .gzip)) { try decompress(member + [0], limit: 100) }
        var damaged = member
        damaged[member.count - 6] ^= 1
        #expect(throws: CodecError.corrupt(format: .gzip)) { try decompress(damaged, limit: 100) }
    }
}
