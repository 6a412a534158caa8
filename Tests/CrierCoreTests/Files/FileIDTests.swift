import CrierCore
import Testing

@Suite("File ids")
struct FileIDTests {
    static let hex = String(repeating: "0123456789abcdef", count: 4)

    @Test("A content id survives the way to text and back")
    func contentID() throws {
        let id = try FileID("sha256:" + Self.hex)
        #expect(id == .content(try #require(ContentDigest(hex: Self.hex))))
        #expect(id.description == "sha256:" + Self.hex)
    }

    @Test(
        "A name of any script is a name",
        arguments: ["a", "firmware-1.2.bin", "прошивка.bin", "a b", "..a", "a..", "~"])
    func names(_ text: String) throws {
        #expect(try FileID(text) == .name(FileName(text, field: "name")))
    }

    @Test(
        "What is neither a content id nor a name is refused, and the error names the field",
        arguments: [
            "", ".", "..", "/etc/passwd", "../x", "a/b", "a\\b", "a\0b", "a\nb", "a\u{85}b", "\u{7f}",
            "sha256:", "sha256:abc", "sha256:" + hex.uppercased(), "sha256:" + hex + "0",
            "sha256:../" + hex.dropFirst(3),
            String(repeating: "n", count: 256), String(repeating: "é", count: 128),
        ]
    )
    func refused(_ text: String) {
        let error = #expect(throws: FileStoreError.self) { try FileID(text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("file_id ") == true)
        #expect((error?.message.utf8.count ?? 0) < 400)
    }

    @Test("255 bytes are still a name")
    func longestName() throws {
        #expect(throws: Never.self) { try FileID(String(repeating: "n", count: 255)) }
    }

    @Test("A digest is 32 bytes or 64 lower-case digits, nothing else")
    func digest() throws {
        #expect(ContentDigest([UInt8](repeating: 1, count: 31)) == nil)
        #expect(ContentDigest(hex: Self.hex.dropLast()) == nil)
        #expect(ContentDigest(hex: Self.hex.uppercased()) == nil)
        let digest = try #require(ContentDigest((0..<32).map { UInt8($0 * 8) }))
        #expect(digest.bytes == (0..<32).map { UInt8($0 * 8) })
        #expect(ContentDigest(hex: digest.hex) == digest)
    }

    @Test("An upload id is 1 to 255 bytes")
    func uploadID() {
        #expect(throws: FileStoreError.self) { try UploadID("") }
        #expect(throws: FileStoreError.self) { try UploadID(String(repeating: "x", count: 256)) }
        #expect(throws: Never.self) { try UploadID("host:/tmp/a\0b") }
    }
}
