import struct CrierCore.ContentDigest
import class CrierCore.FileCatalogue
import CrierGRPC
import CrierMessages
import NIOCore
import Testing

@Suite struct PushToClientTests {
    private func refusal(_ server: PushServer, _ request: PushRequest) async throws -> GRPCStatus? {
        do {
            _ = try await server.push(request)
            return nil
        } catch let status as GRPCStatus {
            return status
        }
    }

    @Test(
        "The first contract's push arrives as text, under both names",
        arguments: ["crier.v1.PushService", "PushService"])
    func firstContract(service: String) async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            let response = try await server.push(PushRequest(clientID: "a", message: "hello"), service: service)
            #expect(response.success && response.outcome == .written && response.error.isEmpty)
            #expect(response.nodeID == "node-1" && !response.messageID.isEmpty)
            let message = try #require(try await agent.hear())
            #expect(message.payload == .text(TextMessage(content: "hello")))
            #expect(message.messageID == response.messageID && message.sequence == 0)
        }
    }

    @Test("Every kind of content arrives as it was sent")
    func contents() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            let control = FileControl(fileID: "fw.bin", action: .setRate, maxBytesPerSecond: 5)
            for (content, payload) in [
                (
                    PushRequest.Content.text(TextMessage(content: "t\u{0}t")),
                    ServerMessage.Payload.text(TextMessage(content: "t\u{0}t"))
                ),
                (.event(NotifyEvent(type: "update", details: "d")), .event(NotifyEvent(type: "update", details: "d"))),
                (.data([0, 255]), .data([0, 255])), (.fileControl(control), .fileControl(control)),
            ] {
                let request = PushRequest(
                    clientID: "a", content: content, ttlMs: 5, collapseKey: "k", traceparent: "00-1")
                #expect(try await server.push(request).success)
                let message = try #require(try await agent.hear())
                #expect(message.payload == payload)
                #expect(
                    message.expiresAt == 1_700_000_000_005 && message.collapseKey == "k"
                        && message.traceparent == "00-1")
            }
        }
    }

    @Test("A file notice is filled in from the store; the caller's fields are kept; an unknown file is NOT_FOUND")
    func fileNotice() async throws {
        let catalogue = FileCatalogue(nodeID: "node-1")
        let digest = try #require(ContentDigest([UInt8](repeating: 7, count: 32)))
        catalogue.add(FileCatalogue.Content(size: 10, blockSize: 4, createdAt: 1, mediaType: ""), digest: digest)
        try await PushServer.run(files: catalogue) { server in
            let agent = try await server.connect("a")
            let asked = FileNotice(
                fileID: digest.description, notBefore: 1, deadline: 2, startJitterMs: 3, maxBytesPerSecond: 4,
                urls: ["u"], rolloutID: "r", labels: [Label(key: "k", value: "v")], revoked: true
            )
            #expect(try await server.push(PushRequest(clientID: "a", content: .fileNotice(asked))).success)
            var told = asked
            (told.fileSize, told.blockSize, told.sha256) = (10, 4, digest.bytes)
            #expect(try await agent.hear()?.payload == .fileNotice(told))
            let unknown = PushRequest(clientID: "a", content: .fileNotice(FileNotice(fileID: "other")))
            #expect(try await refusal(server, unknown)?.code == .notFound)
            let path = PushRequest(clientID: "a", content: .fileNotice(FileNotice(fileID: "../etc/passwd")))
            #expect(try await refusal(server, path)?.code == .invalidArgument)
        }
    }

    @Test("A client that is not there is an answer and no error")
    func notConnected() async throws {
        try await PushServer.run { server in
            let response = try await server.push(PushRequest(clientID: "nobody", message: "x"))
            #expect(!response.success && response.outcome == .notConnected && response.error.contains("nobody"))
        }
    }

    @Test("An agent that does not read is CONGESTED before much is held for it; what was written arrives once it reads")
    func congested() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            let text = String(repeating: "x", count: 100_000)
            var written = 0
            var outcome = PushResponse.Outcome.written
            // Windows, socket buffers and the queue together hold a few MiB; 500 of these are 50.
            while outcome == .written, written < 500 {
                let response = try await server.push(PushRequest(clientID: "a", message: "\(written) \(text)"))
                outcome = response.outcome
                #expect(response.success == (outcome == .written))
                if response.success { written += 1 }
            }
            #expect(outcome == .congested && written > 10)
            for number in 0..<written {
                let message = try await agent.text()
                #expect(
                    message?.hasPrefix("\(number) ") == true && message?.utf8.count == "\(number) \(text)".utf8.count)
            }
            #expect(try await server.push(PushRequest(clientID: "a", message: "again")).outcome == .written)
            #expect(try await agent.text() == "again")
        }
    }

    @Test("What is wrong, or not built yet, is a status that names the field")
    func refusals() async throws {
        try await PushServer.run { server in
            _ = try await server.connect("a")
            for (request, code, word) in [
                (PushRequest(clientID: ""), GRPCStatus.Code.invalidArgument, "client_id"),
                (PushRequest(clientID: "a", ttlMs: -1), .invalidArgument, "ttl_ms"),
                (PushRequest(clientID: "a", waitFor: .unrecognized(9)), .invalidArgument, "wait_for"),
                (PushRequest(clientID: "a", durable: true), .unimplemented, "durable"),
                (PushRequest(clientID: "a", idempotencyKey: "k"), .unimplemented, "idempotency_key"),
            ] {
                let status = try await refusal(server, request)
                #expect(status?.code == code && status?.message.contains(word) == true)
            }
        }
    }

    @Test("Publish and GetReceipts say that they are not there yet")
    func unimplemented() async throws {
        try await PushServer.run { server in
            for method in ["Publish", "GetReceipts"] {
                let status = await #expect(throws: GRPCStatus.self) {
                    _ = try await server.channel.unary("crier.v1.PushService/\(method)", frame(ReceiptsRequest()))
                }
                #expect(status?.code == .unimplemented && status?.message.contains(method) == true)
            }
        }
    }

    @Test("A caller that waits for APPLIED is answered when the client says so")
    func waitsForApplied() async throws {
        try await PushServer.run { server in
            let agent = try await server.connect("a")
            async let response = server.push(PushRequest(clientID: "a", message: "do", waitFor: .applied))
            let message = try #require(try await agent.hear())
            try await agent.say(.ack(Ack(stage: .received, messageID: message.messageID)))
            try await agent.say(.ack(Ack(stage: .applied, messageID: message.messageID)))
            #expect(try await response.outcome == .applied)
            #expect(try await response.success)
        }
    }

    @Test("ListClients tells who is connected, in order, and filters")
    func listClients() async throws {
        try await PushServer.run { server in
            for id in ["b-2", "a-1", "b-1"] {
                let labels = [Label(key: "site", value: id)]
                let register = RegisterRequest(clientID: id, labels: labels, instanceID: "i", agentVersion: "v")
                _ = try await server.connect(register)
            }
            let all = try await list(server, ListClientsRequest())
            #expect(all.map(\.clientID) == ["a-1", "b-1", "b-2"])
            #expect(all[0].address.hasPrefix("127.0.0.1:") && all[0].nodeID == "node-1" && all[0].agentVersion == "v")
            #expect(all[0].instanceID == "i" && all[0].sessionID.utf8.count == 32 && all[0].connectedAt > 0)
            let prefixed = try await list(server, ListClientsRequest(clientIDPrefix: "b"))
            #expect(prefixed.map(\.clientID) == ["b-1", "b-2"])
            let labelled = try await list(server, ListClientsRequest(labels: [Label(key: "site", value: "b-2")]))
            #expect(labelled.map(\.clientID) == ["b-2"])
        }
    }

    private func list(_ server: PushServer, _ request: ListClientsRequest) async throws -> [ClientInfo] {
        let stream = server.channel.open("crier.v1.PushService/ListClients")
        try await stream.send(frame(request))
        stream.finishSending()
        var clients: [ClientInfo] = []
        while let bytes = try await stream.next() {
            clients.append(try ClientInfo(unpacking: Array(bytes.readableBytesView)))
        }
        return clients
    }
}
