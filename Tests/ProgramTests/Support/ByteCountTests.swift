import Testing

@testable import crier

@Suite("Byte counts")
struct ByteCountTests {
    @Test(
        "People write sizes as they like",
        arguments: [
            ("0", 0), ("512", 512), ("64k", 65_536), ("10M", 10_485_760), ("1.5G", 1_610_612_736),
            ("1t", 1_099_511_627_776),
            ("2MiB", 2_097_152), ("2mb", 2_097_152), ("7B", 7),
        ] as [(String, Int64)]
    )
    func parses(_ text: String, _ bytes: Int64) {
        #expect(ByteCount(argument: text)?.bytes == bytes)
    }

    @Test(
        "What is no size is refused",
        arguments: ["", "M", "-1", "1X", "ten", "1 M", "99999999999T", "nan", "inf", ".5M"])
    func refuses(_ text: String) {
        #expect(ByteCount(argument: text) == nil)
    }

    @Test(
        "Sizes are shown with three digits",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1024, "1.00 KiB"), (1_270_000, "1.21 MiB"), (104_857_600, "100 MiB"),
        ] as [(Int64, String)]
    )
    func shows(_ bytes: Int64, _ text: String) {
        #expect(ByteCount(bytes).text == text)
    }
}
