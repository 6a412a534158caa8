import Testing

@testable import CrierClient

@Suite("File names")
struct SafeFileNameTests {
    @Test(
        "Nothing that leads out of a directory is a name",
        arguments: [
            "", ".", "..", ".crier", "/etc/passwd", "a/b", "..\\b", "a\0b", "a\nb", "\u{7F}", "\u{85}",
            String(repeating: "x", count: 256), String(repeating: "ä", count: 128),
        ]
    )
    func refused(_ name: String) {
        #expect { try SafeFileName(name) } throws: { error in
            (error as? CrierClientError)?.code == .invalidArgument
                && (error as? CrierClientError)?.message.contains("file_name") == true
        }
    }

    @Test("Names that only look the same are different files")
    func bytes() throws {
        #expect(try SafeFileName("\u{E9}") != SafeFileName("e\u{301}"))
    }

    @Test(
        "A name may be anything else",
        arguments: [
            "a", "...", "..a", ".hidden", "fw 1.2.bin", "größe", "日本", String(repeating: "x", count: 255),
        ]
    )
    func accepted(_ name: String) throws {
        #expect(try SafeFileName(name).value == name)
    }
}
