import Testing

@testable import CrierClient

@Suite("Digests")
struct ContentDigestTests {
    @Test("A file id is read back as it was written")
    func roundTrip() throws {
        let digest = try #require(ContentDigest(0..<32))
        #expect(ContentDigest(fileID: digest.fileID) == digest)
        #expect(digest.hex.count == 64)
    }

    @Test(
        "Anything but sha256: and 64 hex digits is no digest",
        arguments: [
            "", "sha256:", "sha256:ab", "md5:" + String(repeating: "a", count: 64),
            "sha256:" + String(repeating: "g", count: 64),
            "sha256:" + String(repeating: "a", count: 65), "sha256:" + String(repeating: "é", count: 32),
            "sha256:../../etc/passwd",
        ]
    )
    func refused(_ id: String) {
        #expect(ContentDigest(fileID: id) == nil)
    }
}
