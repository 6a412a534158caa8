import CrierMessages
import Testing

@Suite("Messages between nodes")
struct PeerMessagesTests {
    static let pushes = [
        ForwardedPush(
            tag: 0x1_0000_0002, clientID: "agent-ä", generation: .max, message: [0, 0, 0, 0, 1, 7], waitFor: .applied,
            timeoutMs: 30_000, messageID: "m-1"
        ),
        ForwardedPush(tag: 1, clientID: "b", generation: 2, message: [UInt8](repeating: 9, count: 300)),
        ForwardedPush(),
    ]

    static let answers = [
        ForwardedAnswer(tag: 0x1_0000_0002, outcome: .written, awaiting: true),
        ForwardedAnswer(tag: 1, outcome: .congested, detail: "does not read"),
        ForwardedAnswer(tag: 3, outcome: .wrongNode, message: [UInt8](repeating: 4, count: 200)),
        ForwardedAnswer(tag: 4, outcome: .unrecognized(40)),
        ForwardedAnswer(),
    ]

    @Test("What is packed comes back equal")
    func roundTrip() throws {
        let request = PeerRequest(pushes: Self.pushes)
        #expect(try PeerRequest(unpacking: request.packedBytes()) == request)
        let response = PeerResponse(hello: PeerHello(nodeID: "node-1"), answers: Self.answers)
        #expect(try PeerResponse(unpacking: response.packedBytes()) == response)
    }

    @Test("A view writes the bytes that protobuf-c writes")
    func viewsWrite() {
        #expect(Self.pushes.flatMap(written) == PeerRequest(pushes: Self.pushes).packedBytes())
        #expect(Self.answers.flatMap(written) == PeerResponse(answers: Self.answers).packedBytes())
    }

    @Test("A view reads what protobuf-c wrote, and passes over what it does not know")
    func viewsRead() throws {
        let later = bytes("f2011161206c617465722066696c65206d616465")
        let request = PeerRequest(pushes: Self.pushes).packedBytes() + later
        #expect(try read(pushes: request) == Self.pushes)
        let hello = PeerResponse(hello: PeerHello(nodeID: "n")).packedBytes()
        #expect(try read(answers: hello + PeerResponse(answers: Self.answers).packedBytes() + later) == Self.answers)
    }

    @Test("Bytes cut off or damaged anywhere are refused or read as something, and crash nothing")
    func hostile() {
        let request = PeerRequest(pushes: Self.pushes).packedBytes()
        let response = PeerResponse(answers: Self.answers).packedBytes()
        for end in request.indices { _ = try? read(pushes: Array(request[..<end])) }
        for end in response.indices { _ = try? read(answers: Array(response[..<end])) }
        var generator = SeededGenerator(state: 7)
        for _ in 0..<5_000 {
            var damaged = request
            damaged[Int.random(in: damaged.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            _ = try? read(pushes: damaged)
            _ = try? read(answers: damaged)
        }
    }

    private func written(_ push: ForwardedPush) -> [UInt8] {
        withView(push) { view in packed(view.packedSize) { view.write(to: $0) } }
    }

    private func written(_ answer: ForwardedAnswer) -> [UInt8] {
        Array(answer.detail.utf8)
            .withUnsafeBytes { detail in
                answer.message.withUnsafeBytes { message in
                    let view = ForwardedAnswerView(
                        tag: answer.tag, outcome: answer.outcome, awaiting: answer.awaiting, detail: detail,
                        message: message
                    )
                    return packed(view.packedSize) { view.write(to: $0) }
                }
            }
    }

    private func withView<R>(_ push: ForwardedPush, _ body: (ForwardedPushView) -> R) -> R {
        Array(push.clientID.utf8)
            .withUnsafeBytes { client in
                Array(push.messageID.utf8)
                    .withUnsafeBytes { id in
                        push.message.withUnsafeBytes { message in
                            body(
                                ForwardedPushView(
                                    tag: push.tag, clientID: client, generation: push.generation, message: message,
                                    waitFor: push.waitFor, timeoutMs: push.timeoutMs, messageID: id
                                )
                            )
                        }
                    }
            }
    }

    private func packed(_ size: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> [UInt8] {
        // A byte more than needed: one written too many would be seen.
        var bytes = [UInt8](repeating: 0xEE, count: size + 1)
        bytes.withUnsafeMutableBytes { write($0.baseAddress!) }
        #expect(bytes.last == 0xEE)
        return bytes.dropLast()
    }

    private func read(pushes bytes: [UInt8]) throws(WireError) -> [ForwardedPush] {
        var found: [ForwardedPush] = []
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(WireError) in
                try ForwardedPushView.forEach(in: bytes) { view in
                    found.append(
                        ForwardedPush(
                            tag: view.tag, clientID: String(decoding: view.clientID, as: UTF8.self),
                            generation: view.generation, message: Array(view.message), waitFor: view.waitFor,
                            timeoutMs: view.timeoutMs, messageID: String(decoding: view.messageID, as: UTF8.self)
                        )
                    )
                }
            }
        }
        try result.get()
        return found
    }

    private func read(answers bytes: [UInt8]) throws(WireError) -> [ForwardedAnswer] {
        var found: [ForwardedAnswer] = []
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(WireError) in
                try ForwardedAnswerView.forEach(in: bytes) { view in
                    found.append(
                        ForwardedAnswer(
                            tag: view.tag, outcome: view.outcome, awaiting: view.awaiting,
                            detail: String(decoding: view.detail, as: UTF8.self), message: Array(view.message)
                        )
                    )
                }
            }
        }
        try result.get()
        return found
    }
}
