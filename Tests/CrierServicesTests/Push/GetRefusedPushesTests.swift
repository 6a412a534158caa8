import CrierGRPC
import CrierMessages
import NIOCore
import Testing

@Suite("Refused pushes, asked of one node", .timeLimit(.minutes(10)))
struct GetRefusedPushesTests {
    private func ask(
        _ server: PushServer, _ client: String, allNodes: Bool = true, service: String = PushServer.serviceName
    ) async throws -> [RefusedPush] {
        let stream = server.channel.open("\(service)/GetRefusedPushes")
        try await stream.send(frame(RefusedPushesRequest(clientID: client, allNodes: allNodes)))
        stream.finishSending()
        var pushes: [RefusedPush] = []
        while let bytes = try await stream.next() {
            pushes.append(try RefusedPush(unpacking: Array(bytes.readableBytesView)))
        }
        return pushes
    }

    @Test(
        "The last push to a client that is away, as its caller was told, under both names",
        arguments: ["crier.v1.PushService", "PushService"])
    func away(service: String) async throws {
        try await PushServer.run { server in
            #expect(try await ask(server, "a", service: service) == [])
            _ = try await server.push(PushRequest(clientID: "a", message: "one"))
            let told = try await server.push(PushRequest(clientID: "a", message: "two"))
            #expect(told.outcome == .notConnected)
            let expected = RefusedPush(
                nodeID: "node-1", at: 1_700_000_000_000, outcome: .notConnected, messageID: told.messageID,
                detail: told.error
            )
            for allNodes in [true, false] {
                #expect(try await ask(server, "a", allNodes: allNodes, service: service) == [expected])
            }
            #expect(try await ask(server, "b", service: service) == [])
        }
    }

    @Test("A push that is written is none")
    func written() async throws {
        try await PushServer.run { server in
            _ = try await server.connect("a")
            #expect(try await server.push(PushRequest(clientID: "a", message: "x")).outcome == .written)
            #expect(try await ask(server, "a") == [])
        }
    }

    @Test("What is no client id is refused, naming the field", arguments: ["", "a\nb"])
    func invalid(client: String) async throws {
        try await PushServer.run { server in
            let status = await #expect(throws: GRPCStatus.self) { _ = try await ask(server, client) }
            #expect(status?.code == .invalidArgument && status?.message.contains("client_id") == true)
        }
    }
}
