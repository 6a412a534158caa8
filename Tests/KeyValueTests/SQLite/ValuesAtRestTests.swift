import CrierCore
import CrierStorage
import Foundation
import Testing

private let room = StoreNamespace(constant: "room")

@Suite("Values at rest")
struct ValuesAtRestTests {
    private let harness: StoreHarness

    init() throws { harness = try StoreHarness() }

    private func key(_ name: String) throws -> StoreKey { try StoreKey(room, name) }

    private func databaseBytes() throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(harness.path)/kv.sqlite")
        return attributes[.size] as? Int ?? 0
    }

    @Test("A large value that compresses well takes little room, and counts as what it is")
    func compression() async throws {
        let text = String(repeating: "all work and no play ", count: 20_000)
        let json = StoreValue.json("[\"\(text)\"]")
        let store = try harness.open()
        for index in 0..<10 { try await store.put(key("k\(index)"), json) }
        #expect(try await store.statistics(of: room).usage.bytes > 10 * text.utf8.count)
        await store.close()
        #expect(try databaseBytes() < text.utf8.count)
        let again = try harness.open()
        #expect(try await again.get(key("k3")).entry?.value == json)
        await again.close()
    }

    @Test("Values of every type, size and grain come back as they were, now and as previous values")
    func roundTrip() async throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<5_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let values: [StoreValue] = [
            .string(""), .string("é e\u{301} 🐢"), .integer(.min), .integer(.max), .double(-0.0), .double(1e300),
            .bool(false), .json("[]"), .bytes([]), .bytes(noise), .bytes(Array(repeating: 7, count: 1_023)),
            .bytes(Array(repeating: 7, count: 1_024)), .string(String(repeating: "z", count: 1 << 20)),
        ]
        let first = try harness.open()
        for value in values { try await first.put(key("k"), value) }
        await first.close()
        let second = try harness.open()
        let history = try await second.history(of: key("k"), limit: 100).changes
        #expect(history.compactMap(\.entry?.value) == values.reversed())
        #expect(history.dropLast().compactMap(\.previous?.value) == values.dropLast().reversed())
        await second.close()
    }

    @Test("Quotas hold across a restart, by namespace, and not for the gateway's own")
    func quotas() async throws {
        func open() throws -> SQLiteKeyValueStore {
            try harness.open { $0.quotas.keys = StoreQuotas.Limit(standard: 2) }
        }
        let first = try open()
        for name in ["a", "b"] { try await first.put(key(name), .integer(1)) }
        await first.close()
        let second = try open()
        let refusal = await #expect(throws: KeyValueError.self) { try await second.put(key("c"), .integer(1)) }
        #expect(refusal?.code == .quota)
        try await second.put(key("a"), .integer(2))
        try await second.delete(key("b"))
        try await second.put(key("c"), .integer(1))
        let own = StoreNamespace(constant: "_own")
        for name in ["a", "b", "c"] { try await second.put(StoreKey(own, name), .integer(1)) }
        #expect(try await second.namespaces().namespaces.map(\.usage.keys) == [3, 2])
        await second.close()
    }

    @Test("Changes that are too old are removed, also when nothing is written")
    func retentionByAge() async throws {
        let store = try harness.open { $0.retention.milliseconds = 3_600_000 }
        let start = try await store.put(key("k"), .integer(0)).position
        for value in 1...2_500 { try await store.put(key("k"), .integer(Int64(value))) }
        harness.setWallClock(1_000_000 + 1_800_000)
        await store.housekeep()
        _ = try await store.watch(.everything, after: start)
        harness.setWallClock(1_000_000 + 3_600_000 + 1_800_000 + 60_000)
        await store.housekeep()
        await #expect(throws: KeyValueError.self) { try await store.watch(.everything, after: start) }
        #expect(store.compactionLag == 0)
        #expect(try await store.get(key("k")).entry?.value == .integer(2_500))
        #expect(try await store.history(of: key("k"), limit: 10).changes.isEmpty)
        await store.close()
        let again = try harness.open()
        #expect(try await again.get(key("k")).position.revision == 2_501)
        await again.close()
    }
}
