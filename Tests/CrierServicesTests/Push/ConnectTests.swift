import class CrierCore.Gateway
import CrierGRPC
import CrierMessages
import NIOCore
import Testing

@Suite struct ConnectTests {
    @Test(
        "Welcome comes first, under the full name and the bare one", arguments: ["crier.v1.PushService", "PushService"])
    func welcome(service: String) async throws {
        try await PushServer.run { server in
            let agent = try await server.open(.register(RegisterRequest(clientID: "a")), service: service)
            let welcome = try #require(try await agent.welcome())
            #expect(welcome.nodeID == "node-1" && welcome.heartbeatIntervalMs == 1_200_000)
            #expect(welcome.sessionID.utf8.count == 32 && welcome.generation > 0 && !welcome.resumed)
            #expect(welcome.serverVersion == "test" && welcome.serverTime == 1_700_000_000_000)
        }
    }

    @Test("A reconnect registers as well; the client id may stand in either place")
    func reconnect() async throws {
        try await PushServer.run { server in
            let first = try await server.open(.register(RegisterRequest(clientID: "a")))
            let session = try #require(try await first.welcome()).sessionID
            let outer = ReconnectRequest(clientID: "a", lastSessionID: session)
            #expect(try await server.open(.reconnect(outer)).welcome()?.resumed == true)
            let inner = ReconnectRequest(lastSessionID: "?", register: RegisterRequest(clientID: "b"))
            #expect(try await server.open(.reconnect(inner)).welcome()?.resumed == false)
            let both = ReconnectRequest(clientID: "a", register: RegisterRequest(clientID: "b"))
            #expect(try await server.open(.reconnect(both)).refusal()?.code == .invalidArgument)
        }
    }

    @Test("A first message that is neither register nor reconnect is FAILED_PRECONDITION, and names what it was")
    func wrongFirst() async throws {
        try await PushServer.run { server in
            for (payload, name) in [
                (ClientMessage.Payload.heartbeat(Heartbeat(clientID: "a")), "heartbeat"), (.ack(Ack()), "ack"),
                (.fileStatus(CrierMessages.FileStatus()), "file_status"),
            ] {
                let refusal = try await server.open(payload).refusal()
                #expect(refusal?.code == .failedPrecondition && refusal?.message.contains(name) == true)
            }
            let empty = Agent(stream: server.channel.open("crier.v1.PushService/Connect"))
            try await empty.stream.send(frame(ClientMessage()))
            #expect(try await empty.refusal()?.code == .failedPrecondition)
            let silent = Agent(stream: server.channel.open("crier.v1.PushService/Connect"))
            silent.stream.finishSending()
            #expect(try await silent.refusal()?.code == .failedPrecondition)
        }
    }

    @Test("A second register on one stream is refused, and the session ends")
    func secondRegister() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            try await agent.say(.register(RegisterRequest(clientID: "b")))
            #expect(try await agent.refusal()?.code == .failedPrecondition)
            #expect(try await server.push(PushRequest(clientID: "a")).outcome == .notConnected)
        }
    }

    @Test(
        "A client id that is empty, too long or has a control character is INVALID_ARGUMENT naming the field",
        arguments: ["", String(repeating: "x", count: 256), "agent\u{0}7", "a\nb"]
    )
    func badClientID(id: String) async throws {
        try await PushServer.run { server in
            let refusal = try await server.open(.register(RegisterRequest(clientID: id))).refusal()
            #expect(refusal?.code == .invalidArgument && refusal?.message.contains("client_id") == true)
            #expect(server.gateway.clientCount == 0)
        }
    }

    @Test("A client id that is not UTF-8 is INVALID_ARGUMENT naming the field; so are bytes that are no message")
    func notUTF8() async throws {
        try await PushServer.run { server in
            // ClientMessage.register (1) { client_id (1) = FF FE }
            for (bytes, word) in [
                ([0x0A, 4, 0x0A, 2, 0xFF, 0xFE], "client_id"), ([0xFF, 0xFF, 0xFF], "ClientMessage"),
            ] {
                let agent = Agent(stream: server.channel.open("crier.v1.PushService/Connect"))
                try await agent.stream.send(frame(raw: bytes.map(UInt8.init)))
                let refusal = try await agent.refusal()
                #expect(refusal?.code == .invalidArgument && refusal?.message.contains(word) == true)
            }
        }
    }

    @Test("A heartbeat is echoed with the client's timestamp")
    func heartbeat() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            try await agent.say(.heartbeat(Heartbeat(clientID: "a", timestamp: 42)))
            #expect(try await agent.hear()?.payload == .heartbeat(Heartbeat(clientID: "a", timestamp: 42)))
        }
    }

    @Test("A client that half-closes stays connected and hears")
    func halfClose() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            agent.stream.finishSending()
            #expect(try await server.push(PushRequest(clientID: "a", message: "still there?")).success)
            #expect(try await agent.text() == "still there?")
        }
    }

    @Test("The newest session wins: the old one hears a final Redirect, and its stream ends with OK")
    func superseded() async throws {
        try await PushServer.run { server in
            let old = try await server.connect("a")
            try await server.withChannel { channel in
                let new = try await server.connect("a", on: channel)
                #expect(try await old.hear()?.payload == .redirect(Redirect(reason: "superseded", final: true)))
                #expect(try await old.hear() == nil)
                #expect(try await server.push(PushRequest(clientID: "a", message: "x")).success)
                #expect(try await new.text() == "x")
            }
        }
    }

    @Test("A late attempt is ABORTED; the third take-over of clones is RESOURCE_EXHAUSTED and says when to come back")
    func fencing() async throws {
        try await PushServer.run { server in
            func register(_ instance: String, _ attempt: UInt64) -> RegisterRequest {
                RegisterRequest(clientID: "a", instanceID: instance, attempt: attempt)
            }
            _ = try await server.connect(register("one", 2))
            #expect(try await server.open(.register(register("one", 1))).refusal()?.code == .aborted)
            _ = try await server.connect(register("two", 1))
            _ = try await server.connect(register("one", 3))
            let refusal = try await server.open(.register(register("two", 2))).refusal()
            #expect(refusal?.code == .resourceExhausted)
            #expect(refusal?.metadata.first("crier-retry-after-ms") == "5000")
        }
    }

    @Test("When the client cancels or its connection goes, its session ends")
    func leaves() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            #expect(await server.nextPresence() == "a online")
            agent.stream.cancel()
            #expect(await server.nextPresence() == "a offline")
            try await server.withChannel { channel in
                _ = try await server.connect("b", on: channel)
                #expect(await server.nextPresence() == "b online")
            }
            #expect(await server.nextPresence() == "b offline")
        }
    }

    @Test("A drain tells every client when to come back, and ends its stream with OK")
    func drain() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            try await server.gateway.drain(over: .milliseconds(1))
            #expect(try await agent.hear()?.payload == .redirect(Redirect(reason: "drain")))
            #expect(try await agent.hear() == nil)
            #expect(try await server.open(.register(RegisterRequest(clientID: "b"))).refusal()?.code == .unavailable)
        }
    }
}
