import CrierMessages
import Testing

@Suite("A text push that is read and written straight from its bytes")
struct TextPushTests {
    private func read(_ bytes: [UInt8]) -> (client: String, tag: UInt64, message: [UInt8])? {
        bytes.withUnsafeBytes { bytes in
            TextPush(bytes)
                .map { push in
                    let message = [UInt8](unsafeUninitializedCapacity: push.messageSize(id: "id-1")) { buffer, count in
                        count = push.messageSize(id: "id-1")
                        push.writeMessage(id: "id-1", to: buffer.baseAddress!)
                    }
                    return (push.clientID, push.tag, message)
                }
        }
    }

    private func message(_ text: String) -> [UInt8] {
        ServerMessage(payload: .text(TextMessage(content: text)), messageID: "id-1").packedBytes()
    }

    @Test(
        "It becomes the very bytes that a ServerMessage packs to",
        arguments: [
            "", "x", "käse \u{0}\u{1F9C0}", String(repeating: "y", count: 127), String(repeating: "ü", count: 70_000),
        ])
    func sameBytes(text: String) throws {
        for tag in [0, 1, 127, 128, 1 << 56] as [UInt64] {
            let plain = try #require(read(PushRequest(clientID: "ä-1", message: text + ".", tag: tag).packedBytes()))
            #expect(plain.client == "ä-1" && plain.tag == tag && plain.message == message(text + "."))
            let content = PushRequest.Content.text(TextMessage(content: text))
            let explicit = try #require(read(PushRequest(clientID: "a", content: content, tag: tag).packedBytes()))
            #expect(explicit.client == "a" && explicit.tag == tag && explicit.message == message(text))
        }
    }

    @Test("A request with anything more is left to PushRequest")
    func more() {
        let content = PushRequest.Content.data([1])
        for request in [
            PushRequest(clientID: "a", message: "m", content: content),
            PushRequest(clientID: "a", message: "m", ttlMs: 1),
            PushRequest(clientID: "a", message: "m", durable: true),
            PushRequest(clientID: "a", message: "m", waitFor: .applied),
            PushRequest(clientID: "a", message: "m", collapseKey: "k"), PushRequest(clientID: "a"),
            PushRequest(message: "m"),
            PushRequest(clientID: "a", message: "m", content: .text(TextMessage(content: "t"))),
        ] {
            #expect(read(request.packedBytes()) == nil)
        }
        let twice = PushRequest(clientID: "a", message: "m").packedBytes()
        #expect(read(twice + twice) == nil)
        // An unknown field, here number 100, and one inside the text.
        #expect(read(twice + [0xA0, 0x06, 0x01]) == nil)
        #expect(read([0x0A, 1, 97, 0x1A, 5, 0x0A, 1, 98, 0x68, 1]) == nil)
        #expect(read([0x0A, 1, 97, 0x1A, 3, 0x12, 1, 98]) == nil)
    }

    @Test("What it takes, PushRequest takes and reads alike, whatever the bytes")
    func hostileBytes() throws {
        var random = SeededGenerator(state: 11)
        let sample = PushRequest(clientID: "client-1", message: "some text é", tag: 300).packedBytes()
        let nested = PushRequest(clientID: "c", content: .text(TextMessage(content: "other ü")), tag: 7).packedBytes()
        var taken = 0
        for round in 0..<20_000 {
            var bytes = round.isMultiple(of: 2) ? sample : nested
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            }
            guard let push = read(bytes) else { continue }
            taken += 1
            let request = try PushRequest(unpacking: bytes)
            var text = request.message
            if case .text(let content)? = request.content { text = content.content }
            #expect(request.clientID == push.client && request.tag == push.tag && message(text) == push.message)
            #expect(
                request
                    == PushRequest(
                        clientID: request.clientID, message: request.message, content: request.content, tag: request.tag
                    ))
        }
        #expect(taken > 1_000)
    }
}
