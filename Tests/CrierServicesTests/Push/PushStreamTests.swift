import CrierGRPC
import CrierMessages
import NIOCore
import Testing

@Suite struct PushStreamTests {
    private func respond(_ stream: ClientStream) async throws -> PushResponse? {
        guard let bytes = try await stream.next() else { return nil }
        return try PushResponse(unpacking: Array(bytes.readableBytesView))
    }

    @Test("Every push is answered with its tag, and arrives in order, also across loops", arguments: [1, 4])
    func pipelined(agentCount: Int) async throws {
        try await PushServer.run { server in
            let count = 3_000
            try await server.withChannel { channel in
                var agents: [Agent] = []
                for number in 0..<agentCount {
                    // Half of them on a connection of their own, which lives on the other loop.
                    agents.append(try await server.connect("a-\(number)", on: number % 2 == 0 ? channel : nil))
                }
                let stream = server.channel.open("crier.v1.PushService/PushStream")
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        for number in 0..<count {
                            let id = "a-\(number % agentCount)"
                            let request = PushRequest(clientID: id, message: "\(number)", tag: UInt64(number))
                            try await stream.send(frame(request))
                        }
                        stream.finishSending()
                    }
                    tasks.addTask {
                        var tags: Set<UInt64> = []
                        while let response = try await respond(stream) {
                            #expect(response.success && tags.insert(response.tag).inserted)
                        }
                        #expect(tags.count == count, "the stream ends when all are answered")
                    }
                    for (place, agent) in agents.enumerated() {
                        tasks.addTask {
                            for number in stride(from: place, to: count, by: agentCount) {
                                let text = try await agent.text()
                                #expect(text == "\(number)")
                            }
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }
    }

    @Test("A wrong request gets its own INVALID, naming the field, and the stream goes on")
    func invalid() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            let stream = server.channel.open("crier.v1.PushService/PushStream")
            // PushRequest { client_id (1) = FF, tag (13) = 300 }: not UTF-8, so it cannot be unpacked.
            let notUTF8: [UInt8] = [0x0A, 1, 0xFF, 0x68, 0xAC, 0x02]
            for (message, tag, word) in [
                (frame(PushRequest(clientID: "", tag: 1)), 1, "client_id"),
                (frame(PushRequest(clientID: "a", durable: true, tag: 2)), 2, "durable"),
                (
                    frame(PushRequest(clientID: "a", content: .fileNotice(FileNotice(fileID: "f")), tag: 3)), 3,
                    "file_id"
                ),
                (frame(raw: notUTF8), 300, "client_id"),
            ] {
                try await stream.send(message)
                let response = try #require(try await respond(stream))
                #expect(response.outcome == .invalid && !response.success && response.tag == UInt64(tag))
                #expect(response.error.contains(word))
            }
            try await stream.send(frame(PushRequest(clientID: "a", message: "fine", tag: 4)))
            #expect(try await respond(stream)?.outcome == .written)
            #expect(try await agent.text() == "fine")
            stream.finishSending()
            #expect(try await respond(stream) == nil)
        }
    }

    @Test("A stream that half-closes while a push waits ends when that is answered")
    func endsAfterTheLast() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            let stream = server.channel.open("crier.v1.PushService/PushStream")
            try await stream.send(frame(PushRequest(clientID: "a", message: "do", waitFor: .received, tag: 9)))
            stream.finishSending()
            let message = try #require(try await agent.hear())
            try await agent.say(.ack(Ack(stage: .received, messageID: message.messageID)))
            let response = try #require(try await respond(stream))
            #expect(response.outcome == .received && response.tag == 9)
            #expect(try await respond(stream) == nil)
        }
    }

    @Test("A backend that goes away while its pushes wait leaves the gateway well")
    func goesAway() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            try await server.withChannel { channel in
                let stream = channel.open("crier.v1.PushService/PushStream")
                try await stream.send(frame(PushRequest(clientID: "a", message: "do", waitFor: .received)))
                _ = try await agent.hear()
                stream.cancel()
            }
            #expect(try await server.push(PushRequest(clientID: "a", message: "next")).success)
            #expect(try await agent.text() == "next")
        }
    }
}
