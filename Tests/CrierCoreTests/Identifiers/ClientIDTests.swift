import Testing

@testable import CrierCore

@Suite struct ClientIDTests {
    @Test(
        "A client id has 1 to 255 bytes of UTF-8",
        arguments: ["a", String(repeating: "x", count: 255), "Zähler-7", "機器"])
    func accepts(_ text: String) throws {
        #expect(try ClientID(validating: text).rawValue == text)
    }

    @Test(
        "What is too short, too long or has control characters is refused, naming the field",
        arguments: [
            "", String(repeating: "x", count: 256), String(repeating: "ä", count: 128), "a\u{0}b", "a\nb", "\u{7F}",
            "a\u{85}", "\u{1B}[2J",
        ]
    )
    func refuses(_ text: String) {
        let error = #expect(throws: GatewayError.self) { try ClientID(validating: text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.field == "client_id")
        #expect(error?.message.contains("client_id") == true)
    }

    @Test("A NUL does not cut the id off: the refusal says where it is")
    func namesTheNUL() {
        let error = #expect(throws: GatewayError.self) { try ClientID(validating: "agent\u{0}7") }
        #expect(error?.message.contains("byte 5") == true)
    }

    @Test("Ids with different bytes are different clients, also when Unicode calls them equal")
    func comparesBytes() throws {
        let composed = try ClientID(validating: "caf\u{E9}")
        let decomposed = try ClientID(validating: "cafe\u{301}")
        #expect(composed.rawValue == decomposed.rawValue)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("The ids of one shard spread over all places of its table, and ids over all shards")
    func spreads() throws {
        let ids = try (0..<4_096).map { try ClientID(validating: "agent-\($0)") }
        let shards = Dictionary(grouping: ids) { $0.shard(of: 16) }
        #expect(shards.count == 16)
        for ids in shards.values {
            #expect(Set(ids.map { $0._rawHashValue(seed: 0) & 15 }).count == 16)
        }
    }

    @Test("Ids order by their bytes")
    func ordersByBytes() throws {
        let ids = try ["b", "a10", "a9", "é"].map { try ClientID(validating: $0) }
        #expect(ids.sorted().map(\.rawValue) == ["a10", "a9", "b", "é"])
    }
}
