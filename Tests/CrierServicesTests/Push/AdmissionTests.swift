import CrierCore
import CrierGRPC
import CrierMessages
import Testing

@Suite("Admission at the door")
struct AdmissionDoorTests {
    @Test(
        "A full node says RESOURCE_EXHAUSTED and when to come back, before it has heard a word; who leaves makes room")
    func full() async throws {
        var settings = GatewaySettings()
        settings.maximumSessions = 1
        try await PushServer.run(settings: settings) { server in
            let first = try await server.connect("a")
            // It says nothing, and is refused.
            let second = Agent(stream: server.channel.open("crier.v1.PushService/Connect"))
            let refusal = try #require(try await second.refusal())
            #expect(refusal.code == .resourceExhausted && refusal.message.contains("has 1 clients"))
            let delay = refusal.metadata.first("crier-retry-after-ms").flatMap { Int($0) } ?? 0
            #expect((5_000..<10_000).contains(delay))
            #expect(refusal.metadata.first("grpc-retry-pushback-ms") == "\(delay)")
            #expect(server.gateway.clientCount == 1)
            // Those who are in are not concerned.
            #expect(try await server.push(PushRequest(clientID: "a", message: "x")).outcome == .written)
            first.stream.cancel()
            while try await server.open(.register(RegisterRequest(clientID: "b"))).welcomeOrRefusal() == nil {}
            #expect(server.gateway.clientCount == 1)
        }
    }

    @Test("Refused streams, and such as end before they registered, take nobody's place")
    func noLeaks() async throws {
        var settings = GatewaySettings()
        settings.maximumSessions = 2
        try await PushServer.run(settings: settings) { server in
            for _ in 0..<20 {
                let wrong = try await server.open(.heartbeat(Heartbeat(clientID: "a")))
                _ = try await wrong.refusal()
                _ = try await server.open(.register(RegisterRequest(clientID: ""))).refusal()
            }
            while try await server.open(.register(RegisterRequest(clientID: "a"))).welcomeOrRefusal() == nil {}
            while try await server.open(.register(RegisterRequest(clientID: "b"))).welcomeOrRefusal() == nil {}
            #expect(server.gateway.clientCount == 2)
        }
    }
}

extension Agent {
    /// nil: it was refused for now.
    fileprivate func welcomeOrRefusal() async throws -> CrierMessages.Welcome? {
        do {
            return try await welcome()
        } catch let status as GRPCStatus where status.code == .resourceExhausted {
            return nil
        }
    }
}
