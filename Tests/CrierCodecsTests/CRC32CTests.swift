import Testing

@testable import CrierCodecs

@Suite("CRC32C")
struct CRC32CTests {
    @Test("The examples of RFC 3720, appendix B.4")
    func published() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46dd_794e)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    @Test("Instruction and tables agree at every length and alignment, however the bytes are cut")
    func agreement() {
        let bytes = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        bytes.withUnsafeBytes { bytes in
            for count in Array(0...40) + [255, 256, 767, 768, 769, 1000, 24_575, 24_576, 24_577, 50_000] {
                for start in 0..<9 {
                    let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
                    let expected = CRC32C.portableChecksum(part)
                    #expect(CRC32C.checksum(part) == expected)
                    let first = UnsafeRawBufferPointer(rebasing: part[..<(count / 3)])
                    let second = UnsafeRawBufferPointer(rebasing: part[(count / 3)...])
                    #expect(CRC32C.checksum(second, continuing: CRC32C.checksum(first)) == expected)
                }
            }
        }
    }

    @Test("Two checksums combine to that of both parts", arguments: [0, 1, 7, 256, 4096, 100_003])
    func combination(_ lengthB: Int) {
        let a = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let b = (0..<lengthB).map { UInt8(truncatingIfNeeded: $0 * 13 + 1) }
        let combined = CRC32C.combine(CRC32C.checksum(a), CRC32C.checksum(b), lengthB: lengthB)
        #expect(combined == CRC32C.checksum(a + b))
    }
}
