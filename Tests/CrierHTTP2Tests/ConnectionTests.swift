import NIOCore
import NIOEmbedded
import Testing

@testable import CrierHTTP2

@Suite struct ConnectionTests {
    static let head: [String: String] = [":method": "POST", ":scheme": "http", ":path": "/a/B", ":authority": "x"]
    static let answer = HeaderList([(":status", "200")])

    @Test("A request is seen the same, wherever its bytes are cut", arguments: Array(1...80))
    func cutAnywhere(size: Int) throws {
        let talk = try Conversation()
        let bytes =
            Frame.preface + Frame.settings().bytes + Frame.headers(1).bytes
            + Frame.data(1, Array("hello ".utf8)).bytes + Frame.data(1, Array("world".utf8), end: true).bytes
        try talk.send(bytes, inPiecesOf: size)
        #expect(talk.recorders.first?.seen == [.head(Self.head), .data("hello world"), .end])
    }

    @Test("A response goes out as HEADERS, DATA and trailers, and the stream closes")
    func response() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1, end: true))
        talk.exchanges[0].sendHead(Self.answer)
        talk.exchanges[0].send(ByteBuffer(string: "abc"))
        talk.exchanges[0].sendEnd(trailers: HeaderList([("x-end", "1")]))
        let frames = try talk.frames()
        #expect(frames.map(\.kind) == [.headers, .data, .headers])
        #expect(frames[1].payload == Array("abc".utf8))
        #expect(frames[2].endsStream)
        #expect(talk.recorders[0].seen.last == .closed(nil))
        #expect(talk.connection.openExchanges == 0)
    }

    @Test("A response that ends before its request stops the request with NO_ERROR")
    func earlyResponse() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        talk.exchanges[0].sendHead(Self.answer, endStream: true)
        let frames = try talk.frames()
        #expect(frames.map(\.kind) == [.headers, .reset])
        #expect(frames.last?.errorCode == 0)
        #expect(talk.recorders[0].seen.last == .closed(nil))
    }

    @Test("Nothing beyond the peer's window is sent, and the rest follows its WINDOW_UPDATE")
    func sendWindow() throws {
        let talk = try Conversation()
        try talk.shakeHands([(4, 10)])
        try talk.send(.headers(1, end: true))
        talk.exchanges[0].sendHead(Self.answer)
        talk.exchanges[0].send(ByteBuffer(string: "0123456789abcdef"))
        #expect(try talk.frames().filter { $0.kind == .data }.map(\.payload.count) == [10])
        #expect(talk.exchanges[0].bufferedBytes == 6)
        #expect(talk.exchanges[0].oldestBufferedAt != nil)
        try talk.send(.windowUpdate(1, 100))
        #expect(try talk.frames().filter { $0.kind == .data }.map(\.payload.count) == [6])
        #expect(talk.exchanges[0].oldestBufferedAt == nil)
    }

    @Test("A full queue says so, and calls when it has room again")
    func writability() throws {
        let talk = try Conversation()
        try talk.shakeHands([(4, 0)])
        try talk.send(.headers(1, end: true))
        let exchange = talk.exchanges[0]
        exchange.sendHead(Self.answer)
        exchange.send(ByteBuffer(repeating: 1, count: 300_000))
        #expect(!exchange.isWritable)
        try talk.send(.windowUpdate(1, 1_000_000), .windowUpdate(0, 1_000_000))
        #expect(exchange.isWritable)
        #expect(talk.recorders[0].seen.contains(.writable))
    }

    @Test("A paused exchange gets no credit, holds at most its window, and gets all when it goes on")
    func receiveBackPressure() throws {
        var limits = HTTP2Limits()
        limits.streamWindow = 100_000
        let talk = try Conversation(limits: limits)
        try talk.shakeHands()
        try talk.send(.headers(1))
        talk.exchanges[0].pauseReceiving()
        for _ in 0..<10 { try talk.send(.data(1, Array(repeating: 65, count: 10_000))) }
        #expect(try talk.frames().filter { $0.kind == .windowUpdate && $0.stream == 1 }.isEmpty)
        #expect(talk.recorders[0].seen.count == 1)
        // One byte beyond the window is the peer's fault.
        talk.exchanges[0].resumeReceiving()
        #expect(talk.recorders[0].seen.last == .data(String(repeating: "A", count: 100_000)))
        #expect(try talk.frames().contains { $0.kind == .windowUpdate && $0.stream == 1 })
    }

    @Test("A peer that ignores the window loses its stream or its connection")
    func windowViolation() throws {
        var limits = HTTP2Limits()
        limits.streamWindow = 1_000
        let talk = try Conversation(limits: limits)
        try talk.shakeHands()
        try talk.send(.headers(1))
        talk.exchanges[0].pauseReceiving()
        try talk.send(.data(1, Array(repeating: 65, count: 5_000)))
        let frames = try talk.frames()
        #expect(frames.contains { $0.errorCode == HTTP2Error.Code.flowControlError.rawValue })
    }

    @Test("Bulk exchanges yield to control ones")
    func trafficClasses() throws {
        let talk = try Conversation()
        try talk.shakeHands([(4, 1_000_000), (5, 16_384)])
        try talk.send(.windowUpdate(0, 10_000_000))
        try talk.send(.headers(1, end: true), .headers(3, end: true))
        talk.exchanges[0].setTrafficClass(.bulk)
        talk.exchanges[0].sendHead(Self.answer)
        talk.exchanges[0].send(ByteBuffer(repeating: 1, count: 200_000))
        talk.exchanges[1].sendHead(Self.answer)
        talk.exchanges[1].send(ByteBuffer(string: "now"))
        let order = try talk.frames().filter { $0.kind == .data }.map(\.stream)
        #expect(order.first == 3)
        #expect(order.dropFirst().allSatisfy { $0 == 1 })
    }

    @Test("The peer's reset reaches the application once, and later verbs do nothing")
    func reset() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1), .reset(1))
        #expect(talk.recorders[0].seen == [.head(Self.head), .closed(.cancel)])
        talk.exchanges[0].sendHead(Self.answer)
        talk.exchanges[0].send(ByteBuffer(string: "late"))
        talk.exchanges[0].sendEnd()
        talk.exchanges[0].reset(.cancel)
        #expect(try talk.frames().filter { $0.kind == .data || $0.kind == .headers }.isEmpty)
    }

    @Test("A lost connection ends every exchange")
    func lostConnection() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1), .headers(3))
        try talk.channel.close().wait()
        #expect(talk.recorders.allSatisfy { $0.seen.last == .closed(.noError) })
        #expect(talk.connection.openExchanges == 0)
    }

    @Test("HTTP/1 gets an answer that it understands")
    func http1() throws {
        let talk = try Conversation()
        try talk.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        var text = ""
        while let buffer = try talk.channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        #expect(text.contains("HTTP/1.1 505"))
        #expect(!talk.channel.isActive)
    }

    @Test("A header block over the limit is marked, not kept")
    func headerLimit() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        let large = (0..<8).map { ("x-\($0)", String(repeating: "v", count: 3_000)) }
        try talk.send(.headers(1, Array(Frame.request + large.prefix(5)), last: false))
        try talk.send(.continuation(1, Array(large.suffix(3)), last: true))
        #expect(talk.recorders[0].truncated)
    }
}
