import CrierMessages
import Testing

@testable import CrierClient

@Suite("A watch's messages")
struct WatchAssemblerTests {
    private func put(_ key: String, _ revision: UInt64) -> Change {
        let value = Value(kind: .intValue(1))
        return Change(kind: .put, entry: Entry(namespace: "app", key: key, value: value, revision: revision))
    }

    private func position(_ revision: UInt64) -> Position { Position(epoch: 1, revision: revision) }

    @Test("A revision in several messages is one event")
    func fragments() throws {
        var assembler = WatchAssembler(withSnapshot: false)
        #expect(try assembler.take(WatchResponse(changes: [put("a", 5)])) == nil)
        #expect(try assembler.take(WatchResponse(changes: [put("b", 5)])) == nil)
        let event = try assembler.take(WatchResponse(changes: [put("c", 5)], position: position(5)))
        guard case .changes(let changes, let at) = event else { throw Unexpected() }
        #expect(changes.map(\.key) == ["a", "b", "c"] && at.revision == 5)
        #expect(try assembler.take(WatchResponse(position: position(6))) == .progress(.init(epoch: 1, revision: 6)))
    }

    @Test("A snapshot's entries are told as they come; changes begin after its end")
    func snapshot() throws {
        var assembler = WatchAssembler(withSnapshot: true)
        guard case .snapshot(let entries) = try assembler.take(WatchResponse(changes: [put("a", 3), put("b", 4)]))
        else { throw Unexpected() }
        #expect(entries.map(\.key) == ["a", "b"])
        #expect(
            try assembler.take(WatchResponse(position: position(4), snapshotEnd: true))
                == .snapshotEnd(.init(epoch: 1, revision: 4))
        )
        #expect(try assembler.take(WatchResponse(changes: [put("c", 5)])) == nil)
    }

    @Test("Deletions carry no value and may carry the old one; a reset says why")
    func kinds() throws {
        var assembler = WatchAssembler(withSnapshot: false)
        let gone = Change(
            kind: .expire,
            entry: Entry(namespace: "app", key: "a", revision: 9),
            previous: put("a", 5).entry
        )
        guard case .changes(let changes, _) = try assembler.take(WatchResponse(changes: [gone], position: position(9)))
        else { throw Unexpected() }
        #expect(changes[0].kind == .expire && changes[0].entry == nil && changes[0].previous?.revision == 5)
        #expect(try assembler.take(WatchResponse(reset: .compacted)) == .reset(.compacted))
        #expect(try assembler.take(WatchResponse(reset: .epoch)) == .reset(.epoch))
        #expect(try assembler.take(WatchResponse(reset: .unrecognized(9))) == .reset(.overflow))
    }

    @Test("A put without a value and an end without a position are refused")
    func malformed() {
        var assembler = WatchAssembler(withSnapshot: true)
        let empty = Change(kind: .put, entry: Entry(namespace: "app", key: "a", revision: 1))
        #expect(throws: KeyValueClientError.self) { try assembler.take(WatchResponse(changes: [empty])) }
        #expect(throws: KeyValueClientError.self) { try assembler.take(WatchResponse(changes: [Change()])) }
        #expect(throws: KeyValueClientError.self) { try assembler.take(WatchResponse(snapshotEnd: true)) }
    }
}
