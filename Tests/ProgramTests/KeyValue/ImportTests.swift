import CrierClient
import Foundation
import Synchronization
import Testing

@testable import crier

@Suite("Importing lines of JSON")
struct ImportTests {
    private static let now: Int64 = 1_800_000_000_000

    private func line(_ text: String) throws -> ImportLine {
        try ImportLine(Array(text.utf8), number: 7, nowMilliseconds: Self.now)
    }

    @Test("What export prints is what import reads, for every type")
    func roundTrip() throws {
        let values: [KeyValue] = [
            .string("a\n\u{0}\"ü"), .int(.min), .double(-0.1), .double(1e300), .bool(false), .json(#"{"b":1,"a":[]}"#),
            .bytes([0, 255, 10]), .string(""), .bytes([]),
        ]
        for value in values {
            let entry = KeyValueEntry(namespace: "app", key: "a/ b%", value: value, expiresAt: Self.now + 1500)
            let read = try line(try Output.jsonText(ExportLine(entry)))
            #expect(read.key == entry.key && read.value == value)
            #expect(read.expiry == .after(.milliseconds(1500)) && !read.isExpired)
        }
    }

    @Test("An entry without an expiry has none, and one whose time is over is left out")
    func expiry() async throws {
        #expect(try line(#"{"key":"a","value":"1"}"#).expiry == .never)
        #expect(try line(#"{"key":"a","value":"1","ttl":0.25}"#).expiry == .after(.milliseconds(250)))
        let over = try line(#"{"key":"a","value":"1","expiresAt":1799999999.5}"#)
        #expect(over.isExpired)
        let store = FakeStore()
        var importer = store.importer()
        try await importer.add(over)
        try await importer.finish()
        #expect(importer.counts == Importer.Counts(expired: 1) && store.transactions.isEmpty)
    }

    @Test("A wrong line is named by its number")
    func refusals() {
        for wrong in [
            "", "x", "[]", #"{"key":"a"}"#, #"{"key":"a","value":"x","type":"int"}"#, #"{"key":1,"value":"x"}"#,
            #"{"key":"a","value":"x","ttl":1,"expiresAt":1800000001}"#, #"{"key":"a","value":"x","when":1}"#,
        ] {
            let error = #expect(throws: CrierClientError.self) { try line(wrong) }
            #expect(error?.message.hasPrefix("line 7") == true, "\(wrong): \(error?.message ?? "")")
        }
    }

    @Test("Transactions hold at most 100 writes and 1 MiB, in the order of the lines")
    func batches() async throws {
        let store = FakeStore()
        var importer = store.importer()
        for number in 0..<250 { try await importer.add(line(#"{"key":"k\#(number)","value":"v"}"#)) }
        try await importer.finish()
        #expect(store.transactions.map(\.then.count) == [100, 100, 50])
        #expect(importer.counts.imported == 250)

        let large = FakeStore()
        importer = large.importer()
        let value = String(repeating: "x", count: 700_000)
        for number in 0..<3 { try await importer.add(line(#"{"key":"k\#(number)","value":"\#(value)"}"#)) }
        try await importer.finish()
        #expect(large.transactions.map(\.then.count) == [1, 1, 1])
    }

    @Test("A key that comes twice is written twice, the later line last")
    func repeats() async throws {
        let store = FakeStore()
        var importer = store.importer()
        for value in ["1", "2"] { try await importer.add(line(#"{"key":"k","value":"\#(value)"}"#)) }
        try await importer.finish()
        #expect(store.transactions.map(\.then.count) == [1, 1] && store.values["k"] == .string("2"))
    }

    @Test("With --if-absent keys that are there stay as they are, and are counted")
    func ifAbsent() async throws {
        let store = FakeStore(["k3": .string("old"), "k60": .string("old")])
        var importer = store.importer(ifAbsent: true)
        for number in 0..<120 { try await importer.add(line(#"{"key":"k\#(number)","value":"new"}"#)) }
        try await importer.finish()
        #expect(importer.counts == Importer.Counts(imported: 118, alreadyThere: 2))
        #expect(store.values["k3"] == .string("old") && store.values["k60"] == .string("old"))
        #expect(store.values["k119"] == .string("new"))
        #expect(store.transactions.allSatisfy { $0.guards.count + $0.then.count <= 100 })
    }

    @Test("Lines come whole, however the bytes are cut, and one that is too long is refused")
    func lines() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "crier-lines-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let long = String(repeating: "y", count: 200_000)
        try Data("a\n\n\(long)\nb".utf8).write(to: URL(filePath: path))
        var reader = try LineReader(path, limit: 300_000)
        var read: [String] = []
        while let line = try reader.next() { read.append(String(decoding: line, as: UTF8.self)) }
        #expect(read == ["a", "", long, "b"])
        var short = try LineReader(path, limit: 1000)
        var failure: CrierClientError?
        do throws(CrierClientError) {
            while try short.next() != nil {}
        } catch {
            failure = error
        }
        #expect(failure?.code == .invalidArgument)
    }
}

/// Carries transactions out on a dictionary.
private final class FakeStore: Sendable {
    private struct State {
        var values: [String: KeyValue]
        var transactions: [KeyValueTransaction] = []
    }

    private let state: Mutex<State>

    init(_ values: [String: KeyValue] = [:]) { state = Mutex(State(values: values)) }

    var values: [String: KeyValue] { state.withLock { $0.values } }
    var transactions: [KeyValueTransaction] { state.withLock { $0.transactions } }

    func importer(ifAbsent: Bool = false) -> Importer {
        Importer(namespace: "app", ifAbsent: ifAbsent) { self.transact($0) }
    }

    private func transact(_ transaction: KeyValueTransaction) -> Bool {
        state.withLock { state in
            state.transactions.append(transaction)
            guard transaction.guards.allSatisfy({ state.values[$0.key] == nil }) else { return false }
            for case .put(_, let key, let value, _) in transaction.then { state.values[key] = value }
            return true
        }
    }
}
