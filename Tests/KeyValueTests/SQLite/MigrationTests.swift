import CrierCore
import CrierStorage
import Foundation
import Testing

@Suite("Migration")
struct MigrationTests {
    private static let old = StoreNamespace(constant: "old")
    private let harness: StoreHarness

    init() throws { harness = try StoreHarness() }

    /// Opens a store that an older version wrote.
    private func open(layout: Int) throws -> SQLiteKeyValueStore {
        _ = try DataDirectory(opening: harness.path)
        let fixture = try #require(Bundle.module.url(forResource: "Fixtures/layout-\(layout)", withExtension: "sqlite"))
        try FileManager.default.copyItem(at: fixture, to: URL(fileURLWithPath: "\(harness.path)/kv.sqlite"))
        return try harness.open()
    }

    private func key(_ name: String) throws -> StoreKey { try StoreKey(Self.old, name) }

    @Test("A file of layout 1 is brought to the current layout: entries, revisions, log and usage are as they were")
    func migration() async throws {
        let store = try open(layout: 1)
        let values: [(String, StoreValue)] = [
            ("string", .string("grün")), ("int", .integer(8)), ("double", .double(2.5)), ("bool", .bool(true)),
            ("json", .json("{\"a\":[1]}")), ("large", .string(String(repeating: "v", count: 4_000))),
        ]
        for (name, value) in values {
            let entry = try #require(try await store.get(key(name)).entry)
            #expect(entry.value == value)
        }
        let read = try await store.get(key("int"))
        #expect(read.position == StorePosition(epoch: 4_242, revision: 10))
        #expect(read.entry?.version == 2)
        #expect(read.entry?.createRevision == 3)
        #expect(read.entry?.revision == 9)

        let page = try await store.list(StoreListRequest(StoreScope(Self.old)))
        let usage = try await store.statistics(of: Self.old).usage
        #expect(usage == StoreUsage(keys: 6, bytes: page.entries.reduce(0) { $0 + $1.byteCount }))

        let history = try await store.history(of: key("bytes"), limit: 10).changes
        #expect(history.map(\.kind) == [.delete, .put])
        #expect(try await store.get(key("int"), at: 8).entry?.value == .integer(-7))
        await store.close()
    }

    @Test("A migrated file takes what layout 1 could not: leases, expiries, larger revisions")
    func writing() async throws {
        let first = try open(layout: 1)
        let lease = try await first.grantLease(milliseconds: 5_000)
        try await first.put(key("int"), .integer(9), expiry: .lease(lease.id))
        try await first.put(
            key("large"), .string(String(repeating: "w", count: 5_000)), expiry: .after(milliseconds: 50))
        await first.close()
        let second = try harness.open()
        #expect(try await second.get(key("int")).entry?.expiry == .lease(lease.id))
        #expect(try await second.history(of: key("large"), limit: 2).changes.first?.previous?.value.byteCount == 4_000)
        try await second.revokeLease(lease.id)
        #expect(try await second.get(key("int")).entry == nil)
        await second.close()
    }

    @Test("A file of layout 2 is brought to the current layout with its whole log, and goes on from there")
    func layoutTwo() async throws {
        let room = StoreNamespace(constant: "two")
        let first = try open(layout: 2)
        let start = StorePosition(epoch: 5_757_673_291_923_331_592, revision: 1)
        let end = try await first.put(StoreKey(room, "int"), .integer(9)).position
        #expect(end == StorePosition(epoch: start.epoch, revision: 12))
        await first.close()

        let store = try harness.open()
        let page = try await store.list(StoreListRequest(StoreScope(room)))
        #expect(page.entries.map(\.key.key) == ["int", "json", "large", "timed"])
        #expect(page.entries.map(\.version) == [3, 1, 2, 1])
        #expect(page.entries.last?.expiry == .after(milliseconds: 7_200_000))

        var watch = try await store.watch(StoreScope(room), after: start).makeAsyncIterator()
        var kinds: [StoreChange.Kind] = []
        for revision in 2...end.revision {
            let change = try #require(try await store.nextChanges(&watch).first)
            #expect(change.revision == revision)
            kinds.append(change.kind)
        }
        #expect(kinds == [.put, .put, .put, .delete, .put, .put, .put, .expire, .put, .put, .put])
        let large = try await store.history(of: StoreKey(room, "large"), limit: 1).changes.first
        #expect(large?.entry?.value == .string(String(repeating: "w", count: 3_000)))
        #expect(large?.previous?.value == .string(String(repeating: "v", count: 4_000)))
        #expect(try await store.get(StoreKey(room, "int"), at: 2).entry?.value == .integer(7))
        await store.close()
    }
}
