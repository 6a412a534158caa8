import Testing

@testable import CrierCore

@Suite("Records of the registry")
struct RegistryRecordTests {
    private static func record(instance: String = "", attempt: UInt64 = 0) throws -> ClientRecord {
        ClientRecord(
            node: try NodeID(validating: "node é 1 %="),
            incarnation: Incarnation(rawValue: 0x0123_4567_89AB_CDEF),
            session: SessionID(random: { 7 }),
            generation: Generation(rawValue: .max),
            instance: try InstanceID(validating: instance),
            attempt: attempt,
            connectedAt: 1_700_000_000_000
        )
    }

    @Test(
        "A client's record says the same after it was read back, whatever its names are made of",
        arguments: ["", "i-1", "a b=c%20 ü\u{7F}", "gen=5"])
    func client(instance: String) throws {
        let record = try Self.record(instance: instance, attempt: 3)
        #expect(ClientRecord(record.value) == record)
    }

    @Test(
        "A node's record says the same after it was read back", arguments: ClusterNode.State.allCases, [nil, 1, 50_000])
    func node(state: ClusterNode.State, limit: Int?) throws {
        let node = ClusterNode(
            id: try NodeID(validating: "n 1"),
            incarnation: Incarnation(rawValue: 5),
            peerAddress: "[::1]:6566",
            clientAddress: "gw.example:6565",
            state: state,
            sessions: 12_345,
            sessionLimit: limit,
            version: "1.0 (abc)"
        )
        #expect(ClusterNode(node.id, node.value) == node)
    }

    @Test("A node whose record says nothing of a limit, or nothing that can be read, is one without a known limit")
    func limit() throws {
        let id = try NodeID(validating: "n1")
        let record = "1 boot=ff state=up sessions=5 peer=a:1 client=a:2 version=1"
        #expect(ClusterNode(id, .string(record))?.sessions == 5)
        #expect(ClusterNode(id, .string(record + " limit=7"))?.sessionLimit == 7)
        for rest in ["", " limit=", " limit=x", " limit=-1", " limit=9223372036854775807"] {
            let node = ClusterNode(id, .string(record + rest))
            #expect(node != nil && node?.sessionLimit == nil)
        }
    }

    @Test("A count of clients that cannot be is damage", arguments: ["-1", "9223372036854775807", "x", ""])
    func impossibleCount(count: String) throws {
        let record = "1 boot=ff state=up sessions=\(count) peer=a:1 client=a:2 version=1"
        #expect(ClusterNode(try NodeID(validating: "n1"), .string(record)) == nil)
    }

    @Test("A record is text that people can read")
    func readable() throws {
        let text = "1 node=n1 boot=00000000000000ff session=00000000000000070000000000000007 gen=9 at=5 instance=i"
        var record = try Self.record(instance: "i")
        record.node = try NodeID(validating: "n1")
        record.incarnation = Incarnation(rawValue: 255)
        record.generation = Generation(rawValue: 9)
        record.connectedAt = 5
        #expect(record.value == .string(text))
    }

    @Test("A damaged record is no record", arguments: 0..<40)
    func damaged(cut: Int) throws {
        guard case .string(let text) = try Self.record(instance: "x%").value else { return }
        let fields = text.split(separator: " ")
        // Each field but the instance must be there, and every kind of nonsense is refused.
        for missing in 1..<6 {
            let rest = fields.enumerated().filter { $0.offset != missing }.map(\.element).joined(separator: " ")
            #expect(ClientRecord(.string(rest)) == nil)
        }
        #expect(ClientRecord(.string(String(text.prefix(cut)))) == nil)
        #expect(ClientRecord(.string("2" + text.dropFirst())) == nil)
        #expect(ClientRecord(.string(text.replacing("boot=0", with: "boot=z"))) == nil)
        #expect(ClientRecord(.string(text.replacing("%25", with: "%2"))) == nil)
        #expect(ClientRecord(.string(text.replacing("%25", with: "%ff"))) == nil)
        #expect(ClientRecord(.bytes(Array(text.utf8))) == nil)
    }

    @Test("Fields that a newer node adds are passed over")
    func unknownFields() throws {
        let record = try Self.record()
        guard case .string(let text) = record.value else { return }
        #expect(ClientRecord(.string(text + " zone=b gen2=7")) == record)
    }

    @Test("A key says what it is about, and no other key does")
    func keys() throws {
        let client = try ClientID(validating: String(repeating: "é", count: 127))
        guard case .client(client) = RegistryKeys.subject(of: RegistryKeys.key(of: client)) else {
            Issue.record("not the client's key")
            return
        }
        for key in ["clients/", "nodes", "other/x", "clientsx"] {
            #expect(RegistryKeys.subject(of: try StoreKey(RegistryKeys.namespace, key)) == nil)
        }
    }
}
