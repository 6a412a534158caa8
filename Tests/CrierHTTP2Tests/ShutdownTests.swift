import NIOCore
import NIOEmbedded
import Testing

@testable import CrierHTTP2

/// How connections end, whatever comes in the same read.
@Suite struct ShutdownTests {
    @Test("A request in the same read as the answer to the graceful PING is seen once")
    func requestBesidePingAnswer() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        talk.connection.beginShutdown(grace: .minutes(1), reason: "bye")
        let ping = try #require(try talk.frames().last { $0.kind == .ping })
        try talk.send(
            .headers(3), .data(3, Array("once".utf8), end: true), Frame(type: 6, flags: 1, payload: ping.payload)
        )
        #expect(talk.recorders[1].seen == [.head(ConnectionTests.head), .data("once"), .end])
        #expect(try talk.frames().contains { $0.kind == .goAway })
    }

    @Test("A shorter grace replaces a longer one that is running")
    func shorterGrace() throws {
        var keepalive = KeepaliveConfiguration()
        keepalive.maximumAge = .seconds(30)
        let talk = try Conversation(keepalive: keepalive)
        try talk.shakeHands()
        try talk.send(.headers(1))
        talk.loop.advanceTime(by: .seconds(31))
        #expect(talk.channel.isActive)
        talk.connection.beginShutdown(grace: .seconds(1), reason: "shutdown")
        talk.loop.advanceTime(by: .seconds(4))
        #expect(!talk.channel.isActive)
    }

    @Test("A request behind the frame that ends the connection gets no receiver")
    func requestBehindTheEnd() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        var bytes: [UInt8] = []
        for _ in 0..<10 { bytes += Frame.ping().bytes }
        try talk.send(bytes + Frame.headers(1).bytes)
        #expect(!talk.channel.isActive)
        #expect(talk.recorders.allSatisfy { $0.seen.last == .closed(.enhanceYourCalm) })
    }

    @Test("An exchange is let go of once all that was told of it has been acted on, however it ended")
    func exchangesAreLetGo() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1, end: true), .headers(3), .headers(5), .headers(7), .reset(3))
        weak var ended: Exchange?
        weak var reset: Exchange?
        weak var lost: Exchange?
        weak var unheard: Exchange?
        do {
            let exchanges = talk.takeExchanges()
            (ended, reset, lost, unheard) = (exchanges[0], exchanges[1], exchanges[2], exchanges[3])
            exchanges[0].sendHead(ConnectionTests.answer, endStream: true)
            _ = try talk.frames()
            exchanges[3].send(ByteBuffer(string: "not sent: the reset comes before the flush"))
        }
        #expect(ended == nil && reset == nil && lost != nil && unheard != nil)
        try talk.channel.writeInbound(ByteBuffer(bytes: Frame.reset(7).bytes))
        // The flush to come names it.
        #expect(unheard != nil)
        talk.loop.run()
        #expect(unheard == nil)
        let last = talk.recorders.map(\.seen.last)
        #expect(last == [.closed(nil), .closed(.cancel), .head(ConnectionTests.head), .closed(.cancel)])
        lost?.send(ByteBuffer(string: "not sent: the connection ends before the flush"))
        talk.connection.fail(HTTP2Error(.internalError, .local, "gone"))
        talk.loop.run()
        #expect(lost == nil)
    }

    @Test("A connection that ends with something to flush lives until that flush, and no longer")
    func connectionsAreLetGo() {
        let eventLoop = EmbeddedEventLoop()
        let loop = HTTP2Loop(eventLoop: eventLoop)
        weak var ended: HTTP2Connection?
        do {
            // Without a channel, which would hold it for a while as well.
            let connection = HTTP2Connection(
                role: .client, settings: ConnectionSettings(limits: .init(), keepalive: .init()), loop: loop,
                isClearText: true, acceptor: nil, ageFactor: 1
            )
            ended = connection
            loop.add(connection)
            loop.flushSoon(connection)
            connection.dialFailed(HTTP2Error(.connectError, .network, "gone"))
        }
        #expect(ended != nil)
        eventLoop.run()
        #expect(ended == nil)
    }

    @Test("What a dying connection recorded is not taken for another's")
    func eventsStayWithTheirConnection() throws {
        let talk = try Conversation()
        try talk.shakeHands([(4, 0)])
        try talk.send(.headers(1, end: true))
        talk.exchanges[0].sendHead(ConnectionTests.answer)
        talk.exchanges[0].send(ByteBuffer(string: "x"))
        talk.exchanges[0].sendEnd()
        _ = try talk.frames()
        // The window opens and the exchange ends within the read that ends the connection: nghttp2 gives up at 1,000
        // answers that it owes.
        var bytes = Frame.windowUpdate(1, 100).bytes
        for _ in 0..<1_100 { bytes += Frame.settings().bytes }
        try talk.send(bytes)
        #expect(!talk.channel.isActive)
        #expect(talk.connection.recorder.events.isEmpty)
    }

    @Test("Frames that are spread over time are not a flood, however many they are")
    func slowFrames() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        for _ in 0..<3_000 {
            try talk.send(.settings())
            talk.loop.advanceTime(by: .milliseconds(100))
        }
        #expect(talk.channel.isActive)
    }

    @Test("A receiver may pause and go on while it takes what was kept: the end comes after the bytes")
    func resumesWithinDelivery() throws {
        final class Stuttering: ExchangeReceiver {
            var exchange: Exchange?
            var isTaking = false
            var endedWhileTaking: Bool?
            func receivedHead(_ block: HeaderBlock) {}
            func receivedData(_ bytes: UnsafeRawBufferPointer) {
                isTaking = true
                exchange?.pauseReceiving()
                exchange?.resumeReceiving()
                isTaking = false
            }
            func receivedTrailers(_ block: HeaderBlock) {}
            func receivedEnd() { endedWhileTaking = isTaking }
            func writable() {}
            func closed(_ error: HTTP2Error?) {}
        }
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        let receiver = Stuttering()
        receiver.exchange = talk.exchanges[0]
        talk.exchanges[0].receiver = receiver
        talk.exchanges[0].pauseReceiving()
        try talk.send(.data(1, [1, 2, 3], end: true))
        talk.exchanges[0].resumeReceiving()
        #expect(receiver.endedWhileTaking == false)
        receiver.exchange = nil
    }
}
