import CrierClient
import CrierCore
import CrierMessages
import Testing

@testable import crier

@Suite("What crier why says")
struct WhyAnswerTests {
    /// 2023-11-14T22:13:20Z.
    private static let time: Int64 = 1_700_000_000_000

    private static func record(
        _ node: String = "n1", boot: String = "00000000000000ff", generation: Int = 9, instance: String = "i"
    ) -> String {
        let session = "00000000000000070000000000000007"
        return "1 node=\(node) boot=\(boot) session=\(session) gen=\(generation) at=\(time) instance=\(instance)"
    }

    private let node: ClusterNode

    init() throws { node = try Self.node() }

    private static func node(_ name: String = "n1", incarnation: UInt64 = 255) throws -> ClusterNode {
        ClusterNode(
            id: try NodeID(validating: name),
            incarnation: Incarnation(rawValue: incarnation),
            peerAddress: "192.0.2.1:6566",
            clientAddress: "192.0.2.1:6565",
            sessions: 3
        )
    }

    private static func connection(
        _ lastPush: LastPush? = nil, awaitedAcks: Int64 = 0, roundTripUs: Int64 = 0
    ) -> CrierMessages.ClientInfo {
        CrierMessages.ClientInfo(
            clientID: "till-7", nodeID: "n1", generation: 9, connectedAt: time, lastHeardAt: time,
            address: "192.0.2.9:4711", queuedBytes: 12, roundTripUs: roundTripUs, awaitedAcks: awaitedAcks,
            lastPush: lastPush
        )
    }

    private func answer(
        _ holder: String? = nil,
        _ nodes: [ClusterNode] = [],
        history: [KeyValueChange] = [],
        _ here: CrierMessages.ClientInfo? = nil,
        refused: [CrierMessages.RefusedPush] = []
    ) -> WhyAnswer {
        let holder = holder.flatMap { RegistryReading.holder(text: $0) }
        return WhyAnswer("till-7", holder, nodes, history: history, here, refused: refused)
    }

    @Test("A client that is connected: its node, its connection, its last push")
    func connected() {
        let push = LastPush(at: Self.time, outcome: .written)
        let here = Self.connection(push, roundTripUs: 1_234)
        #expect(
            answer(Self.record(), [node], here).lines == [
                "till-7: connected to n1 as generation 9",
                "node        n1, up, 3 clients, peers at 192.0.2.1:6566",
                "connection  from 192.0.2.9:4711, 12 bytes wait, last heard 2023-11-14T22:13:20Z, round trip 1.23 ms",
                "last push   2023-11-14T22:13:20Z written, made on n1",
            ])
    }

    @Test("A client that is not connected is one line, if nobody remembers more")
    func away() {
        #expect(answer(nil, [node]).lines == ["till-7: not connected to any node"])
        #expect(answer().lines == ["till-7: not connected: the gateway is alone, and has no such client"])
    }

    @Test("What the registry says counts only while the node is there, in the same life")
    func verdicts() throws {
        let here = Self.connection()
        #expect(answer(nil, [], here).verdict == "connected to n1, which is alone")
        #expect(
            answer(nil, [node], here).verdict
                == "connected to n1, and not registered yet: other nodes do not find it")
        let (other, later) = (try Self.node("n2"), try Self.node(incarnation: 256))
        #expect(answer(Self.record(), [other]).verdict == "not connected: its node n1 is gone")
        #expect(
            answer(Self.record(), [later]).verdict == "not connected: its node n1 has been started anew since then")
    }

    @Test("The last push came by another node, waits for the client's word, or was none")
    func lastPush() {
        func line(_ push: LastPush?, awaitedAcks: Int64 = 0) -> String? {
            answer(nil, [], Self.connection(push, awaitedAcks: awaitedAcks)).lines.last
        }
        let forwarded = LastPush(at: Self.time, outcome: .congested, fromNode: "n\u{1B}2")
        #expect(line(forwarded) == "last push   2023-11-14T22:13:20Z congested, forwarded by n\\u{1b}2")
        #expect(line(nil) == "last push   none since it connected")
        #expect(line(nil, awaitedAcks: 2) == "last push   none since it connected; 2 wait for acknowledgement")
    }

    @Test("A line for each node that refused a push, newest first, whether the client is connected or not")
    func refused() throws {
        let pushes = [
            CrierMessages.RefusedPush(
                nodeID: "n1", at: Self.time, outcome: .notConnected, messageID: "m1",
                detail: "client_id till-7 is not connected"
            ),
            CrierMessages.RefusedPush(
                nodeID: "n2", at: Self.time + 1_000, outcome: .unavailable, messageID: "m2",
                detail: "node n1:\nconnection refused"
            ),
        ]
        let lines = [
            "refused     2023-11-14T22:13:21Z unavailable on n2: node n1:\\nconnection refused",
            "refused     2023-11-14T22:13:20Z notConnected on n1: client_id till-7 is not connected",
        ]
        #expect(answer(nil, [node], refused: pushes).lines.dropFirst() == lines[...])
        #expect(answer(nil, [], Self.connection(), refused: pushes).lines.suffix(2) == lines[...])
        let json = try Output.jsonText(answer(nil, [], refused: [pushes[0]]))
        let row = """
            {"at":"2023-11-14T22:13:20Z","detail":"client_id till-7 is not connected","message_id":"m1",\
            "node_id":"n1","outcome":"notConnected"}
            """
        #expect(json.contains("\"refused_pushes\":[\(row)]"))
        #expect(try Output.jsonText(answer()).contains("\"refused_pushes\":[]"))
    }

    @Test("The last sessions, newest first, and how each ended")
    func sessions() {
        func change(_ record: String?) -> KeyValueChange {
            let entry = record.map { KeyValueEntry(namespace: "_registry", key: "clients/till-7", value: .string($0)) }
            return KeyValueChange(
                kind: entry == nil ? .delete : .put, namespace: "_registry", key: "clients/till-7", revision: 1,
                entry: entry
            )
        }
        let history = [
            change(nil), change(Self.record(generation: 9)), change(Self.record(generation: 8)),
            change(Self.record("n2", generation: 7, instance: "j")),
        ]
        let start = "since 2023-11-14T22:13:20Z"
        #expect(
            answer(nil, [node], history: history).lines.dropFirst() == [
                "session     9 on n1 \(start): removed: the client left, or its node died",
                "session     8 on n1 \(start): a newer session on the same node of the same instance",
                "session     7 on n2 \(start): a newer session on n1 of another instance",
            ])
        let last = answer(nil, [node], history: [history[1]]).lines.last
        #expect(last == "session     9 on n1 \(start): is the last one")
    }
}
