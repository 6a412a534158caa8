import Testing

/// What scripts make must be what is committed.
@Suite("Generated and formatted")
struct GeneratedCodeTests {
    @Test("The generated C is that of Protos/")
    func generatedC() throws {
        try Command.run(["scripts/generate-messages", "--check"])
    }

    @Test("Every Swift file is formatted as .swift-format says")
    func format() throws {
        try Command.run(["scripts/format", "--check"])
    }
}
