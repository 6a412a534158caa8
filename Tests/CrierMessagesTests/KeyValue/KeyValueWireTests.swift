import CrierMessages
import Testing

@Suite("Key-value messages on the wire")
struct KeyValueWireTests {
    private let entry = """
        0a056170702d31120a5ac3a4686c65722fc3a91a0b10f9ffffffffffffffff01200328ffffffffffffffffff0130ac02
        3880d095ffbc3140ffffffffffffffffff014809
        """

    private func check<M: WireMessage>(_ message: M, _ hex: String) throws {
        #expect(try M(unpacking: bytes(hex)) == message)
        #expect(message.packedBytes() == bytes(hex))
    }

    // Bytes that Google's Python implementation made from the same contract.

    @Test("A put of an empty string under a condition on a double")
    func put() throws {
        let request = PutRequest(
            namespace: "app-1",
            key: "k",
            value: Value(kind: .stringValue("")),
            condition: Condition(kind: .value(Value(kind: .doubleValue(1.5)))),
            ttlMs: 60_000
        )
        try check(request, "0a056170702d3112016b1a020a00220b220919000000000000f83f28e0d403")
    }

    @Test("A revision with two changes, and a reset")
    func watch() throws {
        let expired = Change(
            kind: .expire, entry: Entry(namespace: "app-1", key: "k", revision: 12), previous: KeyValueSamples.entry
        )
        let response = WatchResponse(
            changes: [expired, Change(entry: KeyValueSamples.entry)],
            position: Position(epoch: 1 << 63, revision: 12),
            reset: .overflow
        )
        try check(
            response,
            "0a560802120c0a056170702d3112016b280c1a44\(entry)0a461244\(entry)120d0880808080808080808001100c2003"
        )
    }

    @Test("A transaction with a condition that is false and present")
    func transaction() throws {
        let request = TransactRequest(
            guards: [TransactRequest.Guard(namespace: "n", key: "a", condition: Condition(kind: .absent(false)))],
            then: [
                .init(kind: .delete(DeleteRequest(namespace: "n", key: "p", prefix: true))),
                .init(kind: .increment(KeyValueSamples.increment)),
            ],
            otherwise: [
                .init(
                    kind: .put(
                        PutRequest(namespace: "n", key: "b", value: Value(kind: .bytesValue([0, 255])), leaseID: 4)
                    )
                )
            ]
        )
        try check(
            request,
            """
            0a0a0a016e1201611a020800120a12080a016e120170180112151a130a016e12016318ffffffffffffffffff012005
            1a100a0e0a016e1201621a04320200ff3004
            """
        )
    }

    @Test("A backup's first chunk, and statistics")
    func others() throws {
        try check(BackupChunk(content: Array("abc".utf8), totalSize: 1 << 40), "0a0361626310808080808020")
        try check(KeyValueSamples.stats, "080110021803220a0a016e12016b18042005")
    }

    @Test("A key with a NUL is whole, and one that is not UTF-8 is refused by its name")
    func strings() throws {
        let request = GetRequest(namespace: "n", key: "a\0b")
        try check(request, "0a016e1203610062")
        #expect(wireError(GetRequest.self, bytes("1201ff"))?.description == "GetRequest.key is not valid UTF-8")
        #expect(wireError(Value.self, bytes("0a01ff"))?.field == "string_value")
        #expect(wireError(TransactRequest.self, bytes("0a040a02c080"))?.message == "TransactRequest.Guard")
        #expect(try Value(unpacking: bytes("3201ff")).kind == .bytesValue([0xff]))
    }

    @Test("What a later contract adds is ignored, or kept as a number")
    func evolution() throws {
        #expect(try GetRequest(unpacking: bytes("c03e0512016b")) == GetRequest(key: "k"))
        #expect(try Value(unpacking: bytes("c23e00")).kind == nil)
        #expect(try Change(unpacking: bytes("0863")).kind == .unrecognized(99))
        #expect(try WatchResponse(unpacking: bytes("2063")).reset == .unrecognized(99))
        let twice = Value(kind: .intValue(1)).packedBytes() + Value(kind: .boolValue(true)).packedBytes()
        #expect(try Value(unpacking: twice).kind == .boolValue(true))
    }
}
