import CrierMessages
import Testing

@Suite("The tag of a request that cannot be unpacked")
struct PushRequestTagTests {
    private func tag(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { PushRequest.tag(in: $0) }
    }

    @Test("It is found beside a field that is wrong", arguments: [1, 127, 128, 300, .max] as [UInt64])
    func found(_ expected: UInt64) {
        let wrong: [UInt8] = [0x0A, 0x01, 0xFF]
        let right = PushRequest(tag: expected).packedBytes()
        #expect(wireError(PushRequest.self, wrong + right)?.field == "client_id")
        #expect(tag(wrong + right) == expected)
        #expect(tag(right + wrong) == expected)
        // What comes behind is cut off: what came before counts.
        #expect(tag(right + [0x0A, 0x7F]) == expected)
    }

    @Test("The last of several counts, and where there is none it is 0")
    func others() {
        #expect(tag(PushRequest(tag: 5).packedBytes() + PushRequest(tag: 6).packedBytes()) == 6)
        #expect(tag([]) == 0)
        #expect(tag([0xFF]) == 0)
        #expect(tag(PushRequest(clientID: "a").packedBytes()) == 0)
        // Field 13 as bytes is no tag.
        #expect(tag([0x6A, 0x01, 0x05]) == 0)
    }
}
