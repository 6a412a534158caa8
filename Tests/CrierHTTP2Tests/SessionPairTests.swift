import NIOCore
import NIOEmbedded
import Testing

@testable import CrierHTTP2

/// A client and a server of ours, without sockets.
@Suite struct SessionPairTests {
    static let trailers = HeaderList([("x-end", "1")])

    @Test("Request and response arrive the same, wherever their bytes are cut", arguments: Array(1...64) + [Int.max])
    func roundTrip(size: Int) throws {
        let pair = try SessionPair(pieceSize: size)
        #expect(pair.observer.isReady)
        let call = try #require(pair.open())
        call.exchange.send(ByteBuffer(string: "ping"))
        try pair.run()
        let answer = try #require(pair.accepted.first)
        #expect(answer.recorder.seen == [.head(ConnectionTests.head), .data("ping")])
        // Half-closed: the server still answers.
        call.exchange.sendEnd()
        try pair.run()
        #expect(answer.recorder.seen.last == .end)
        answer.exchange.sendHead(ConnectionTests.answer)
        answer.exchange.send(ByteBuffer(string: "pong"))
        answer.exchange.sendEnd(trailers: Self.trailers)
        try pair.run()
        #expect(
            call.recorder.seen == [
                .head([":status": "200"]), .data("pong"), .trailers(["x-end": "1"]), .end, .closed(nil),
            ])
        #expect(answer.recorder.seen.last == .closed(nil))
        #expect(pair.client.openExchanges == 0 && pair.server.openExchanges == 0)
    }

    @Test("A client that hears GOAWAY opens nothing more, finishes what is open, and the connection closes")
    func goAway() throws {
        let pair = try SessionPair()
        let call = try #require(pair.open())
        try pair.run()
        pair.server.beginShutdown(grace: .minutes(1), reason: "bye")
        try pair.run()
        #expect(pair.observer.isDraining)
        #expect(pair.open() == nil)
        #expect(pair.clientChannel.isActive)
        pair.accepted[0].exchange.sendHead(ConnectionTests.answer)
        pair.accepted[0].exchange.send(ByteBuffer(string: "last"))
        pair.accepted[0].exchange.sendEnd(trailers: Self.trailers)
        call.exchange.sendEnd()
        try pair.run()
        #expect(call.recorder.seen.contains(.data("last")))
        #expect(call.recorder.seen.last == .closed(nil))
        #expect(!pair.clientChannel.isActive && !pair.serverChannel.isActive)
        #expect(pair.observer.closed == .some(nil))
    }

    @Test("A reset reaches the other side, from the client", arguments: [HTTP2Error.Code.cancel, .refusedStream])
    func clientResets(code: HTTP2Error.Code) throws {
        let pair = try SessionPair()
        let call = try #require(pair.open())
        try pair.run()
        call.exchange.reset(code)
        try pair.run()
        #expect(pair.accepted[0].recorder.seen.last == .closed(code))
        #expect(call.recorder.seen.last == .closed(code))
    }

    @Test("A reset reaches the other side, from the server", arguments: [HTTP2Error.Code.cancel, .refusedStream])
    func serverResets(code: HTTP2Error.Code) throws {
        let pair = try SessionPair()
        let call = try #require(pair.open())
        try pair.run()
        pair.accepted[0].exchange.reset(code)
        try pair.run()
        #expect(call.recorder.seen == [.closed(code)])
    }

    @Test("At the peer's limit of streams there is no room, and the end of an exchange makes some")
    func streamLimit() throws {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 1
        let pair = try SessionPair(serverLimits: limits)
        let first = try #require(pair.open())
        #expect(pair.open() == nil)
        var hadRoom: [Bool] = []
        pair.observer.onRoom = { [unowned pair] in hadRoom.append(pair.client.hasRoom) }
        first.exchange.sendEnd()
        try pair.run()
        pair.accepted[0].exchange.sendHead(ConnectionTests.answer, endStream: true)
        try pair.run()
        #expect(hadRoom == [true])
    }

    @Test("A response that came whole is delivered whole, though its connection was lost meanwhile")
    func wholeResponseSurvives() throws {
        let pair = try SessionPair()
        let call = try #require(pair.open())
        call.exchange.pauseReceiving()
        try pair.run()
        pair.accepted[0].exchange.sendHead(ConnectionTests.answer)
        pair.accepted[0].exchange.send(ByteBuffer(string: "all of it"))
        pair.accepted[0].exchange.sendEnd(trailers: Self.trailers)
        // The reset that follows the response is lost with the connection.
        pair.loop.run()
        let bytes = try #require(try pair.serverChannel.readOutbound(as: ByteBuffer.self))
        var received = Array(bytes.readableBytesView)
        let frames = Frame.parse(&received).filter { $0.kind != .reset }
        try pair.clientChannel.writeInbound(ByteBuffer(bytes: frames.flatMap(\.bytes)))
        try pair.clientChannel.close().wait()
        call.exchange.resumeReceiving()
        #expect(call.recorder.seen.contains(.data("all of it")))
        #expect(call.recorder.seen.suffix(2) == [.end, .closed(nil)])
    }

    @Test("A client's connection that is ended before it could connect closes at once")
    func endedBeforeItBegan() throws {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(loop: loop)
        let connection = HTTP2Connection(
            role: .client, settings: ConnectionSettings(limits: .init(), keepalive: .init()),
            loop: HTTP2Loop(eventLoop: loop),
            isClearText: true, acceptor: nil, ageFactor: 1
        )
        connection.close(reason: "shutdown")
        try channel.pipeline.syncOperations.addHandler(connection)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        loop.run()
        #expect(!channel.isActive)
    }
}
