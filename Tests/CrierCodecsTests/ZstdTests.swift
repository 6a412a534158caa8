import Testing

@testable import CrierCodecs

@Suite("zstd")
struct ZstdTests {
    private func compress(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [UInt8]? {
        var compressor = try ZstdCompressor()
        return try bytes.withUnsafeBytes { try compressor.compress($0, limit: limit) }
    }

    private func decompress(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
        var decompressor = try ZstdDecompressor()
        return try bytes.withUnsafeBytes { try decompressor.decompress($0, limit: limit) }
    }

    @Test("What is compressed comes back", arguments: [0, 1, 1000, 262_144])
    func roundTrip(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 100) }
        let frame = try #require(try compress(bytes))
        #expect(try decompress(frame, limit: count) == bytes)
    }

    @Test("Bytes that do not shrink below the limit are not compressed")
    func noGain() throws {
        var state: UInt64 = 1
        let noise = (0..<4096)
            .map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
        #expect(try compress(noise, limit: noise.count * 9 / 10) == nil)
    }

    @Test("A bomb is refused at the limit")
    func bomb() throws {
        let frame = try #require(try compress([UInt8](repeating: 0, count: 1 << 20)))
        #expect(frame.count < 1000)
        #expect(throws: CodecError.tooLarge(limit: 1000)) { try decompress(frame, limit: 1000) }
        #expect(throws: CodecError.tooLarge(limit: 0)) { try decompress(frame, limit: 0) }
    }

    @Test("A frame that is cut or is not zstd is refused")
    func corrupt() throws {
        let frame = try #require(try compress([UInt8](repeating: 3, count: 5000)))
        for count in 1..<frame.count {
            #expect(throws: CodecError.corrupt(format: .zstd)) { try decompress(Array(frame[..<count]), limit: 5000) }
        }
        #expect(throws: CodecError.corrupt(format: .zstd)) { try decompress([1, 2, 3, 4, 5], limit: 5000) }
    }

    @Test("One compressor and one decompressor serve many chunks")
    func reuse() throws {
        var compressor = try ZstdCompressor(level: 3)
        var decompressor = try ZstdDecompressor()
        for count in [10, 100_000, 0, 5] {
            let bytes = [UInt8](repeating: UInt8(count & 0xff), count: count)
            let frame = try #require(try bytes.withUnsafeBytes { try compressor.compress($0, limit: 200_000) })
            #expect(try frame.withUnsafeBytes { try decompressor.decompress($0, limit: count) } == bytes)
        }
    }
}
