import CrierMessages
import Testing

/// What is packed and read without protobuf-c, held against what protobuf-c does with the same message inside another.
@Suite("Key-value messages that are packed and read by hand")
struct KeyValueByHandTests {
    /// Numbers at which the length of their encoding changes.
    private static let numbers: [UInt64] = [0, 1, 127, 128, 16_383, 16_384, 1 << 35, 1 << 63, .max]
    private static let texts = ["", "k", "Zähler/é\u{0}", String(repeating: "y", count: 127), "\u{1F9C0}"]

    private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = content.count
        while rest >= 0x80 {
            length.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return [number << 3 | 2] + length + [UInt8(rest)] + content
    }

    private func entry(_ random: inout SeededGenerator) -> Entry {
        func number() -> UInt64 { Self.numbers.randomElement(using: &random) ?? 0 }
        return Entry(
            namespace: Self.texts.randomElement(using: &random) ?? "",
            key: Self.texts.randomElement(using: &random) ?? "",
            value: Bool.random(using: &random) ? KeyValueSamples.values.randomElement(using: &random) : nil,
            createRevision: number(), revision: number(), version: number(), updatedAt: Int64(bitPattern: number()),
            expiresAt: Int64(bitPattern: number()), leaseID: number(), ttlMs: Int64(bitPattern: number()))
    }

    @Test("They are the bytes that protobuf-c makes")
    func sameBytes() {
        var random = SeededGenerator(state: 3)
        for value in KeyValueSamples.values {
            let condition = Condition(kind: .value(value)).packedBytes()
            #expect(condition == field(4, value.packedBytes()))
        }
        for round in 0..<2_000 {
            let entry = entry(&random)
            #expect(DeleteResponse(previous: entry).packedBytes() == field(3, entry.packedBytes()))
            let kind = [Change.Kind.put, .delete, .expire, .unrecognized(-1)][round % 4]
            let change = Change(kind: kind, entry: entry, previous: round % 3 == 0 ? self.entry(&random) : nil)
            #expect(HistoryResponse(changes: [change]).packedBytes() == field(1, change.packedBytes()))
            let position = Position(epoch: entry.revision, revision: entry.version)
            #expect(TransactResponse(position: position).packedBytes() == field(2, position.packedBytes()))
            let put = field(1, entry.packedBytes()) + field(3, position.packedBytes())
            #expect(PutResponse(entry: entry, position: position).packedBytes() == put)
            #expect(
                GetResponse(entry: entry, position: position).packedBytes()
                    == field(1, entry.packedBytes()) + field(2, position.packedBytes()))
            #expect(
                WatchResponse(changes: [change, change], position: position, snapshotEnd: true, reset: .epoch)
                    .packedBytes()
                    == field(1, change.packedBytes()) + field(1, change.packedBytes())
                    + field(2, position.packedBytes()) + [0x18, 1, 0x20, 2])
        }
    }

    @Test("A put is read as protobuf-c reads it, whatever the bytes")
    func hostileBytes() throws {
        var random = SeededGenerator(state: 7)
        let samples = KeyValueSamples.values.map {
            PutRequest(namespace: "app-1", key: "käse", value: $0, ttlMs: 300, leaseID: .max).packedBytes()
        }
        var taken = 0
        for round in 0..<40_000 {
            var bytes = samples[round % samples.count]
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            }
            let inside = try? TransactRequest(unpacking: field(2, field(1, bytes)))
            let alone = try? PutRequest(unpacking: bytes)
            guard case .put(let put)? = inside?.then.first?.kind else {
                #expect(alone == nil)
                continue
            }
            taken += 1
            // NaN is not equal to itself.
            #expect(alone?.packedBytes() == put.packedBytes())
        }
        #expect(taken > 10_000)
    }

    @Test("A field that comes twice counts as protobuf says: the last one, and values merged")
    func twice() throws {
        let first = PutRequest(namespace: "a", key: "k", value: Value(kind: .intValue(1)), ttlMs: 5).packedBytes()
        let second = PutRequest(namespace: "b", value: Value(kind: .boolValue(true))).packedBytes()
        #expect(
            try PutRequest(unpacking: first + second)
                == PutRequest(namespace: "b", key: "k", value: Value(kind: .boolValue(true)), ttlMs: 5))
        #expect(try GetRequest(unpacking: [0x0A, 1, 97, 0x0A, 1, 98]) == GetRequest(namespace: "b"))
    }
}
