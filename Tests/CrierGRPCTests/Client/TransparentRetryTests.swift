import CrierGRPC
import CrierHTTP2
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Calls that no method of a server has seen are sent once more (gRFC A6, "Transparent Retries").
@Suite struct TransparentRetryTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    /// A server that refuses the first `refusals` requests, and answers the others with their number and what came in
    /// them.
    private final class RefusingServer: ExchangeAcceptor, Sendable {
        let requests = Mutex(0)
        private let refusals: Int

        init(refusals: Int) { self.refusals = refusals }

        func bind() async throws -> HTTP2Server {
            try await HTTP2Server.bind(
                host: "127.0.0.1", port: 0, configuration: .init(), group: TransparentRetryTests.group, acceptor: self
            )
        }

        func accept(_ exchange: Exchange) -> any ExchangeReceiver {
            let number = requests.withLock { count in
                count += 1
                return count
            }
            return Receiver(exchange, refuses: number <= refusals)
        }
    }

    /// Refuses, or answers at the end with the body as it came and the retry's number as trailer.
    private final class Receiver: ExchangeReceiver {
        let exchange: Exchange
        let refuses: Bool
        var body = ByteBuffer()
        var attempts = "none"

        init(_ exchange: Exchange, refuses: Bool) { (self.exchange, self.refuses) = (exchange, refuses) }

        func receivedHead(_ block: HeaderBlock) {
            attempts = block.first("grpc-transparent-retry-attempts") ?? attempts
        }
        func receivedData(_ bytes: UnsafeRawBufferPointer) {
            body.writeBytes(bytes)
            if refuses { exchange.reset(.refusedStream) }
        }
        func receivedTrailers(_ block: HeaderBlock) {}
        func receivedEnd() {
            exchange.sendHead(HeaderList([(":status", "200"), ("content-type", "application/grpc")]))
            exchange.send(body)
            exchange.sendEnd(trailers: HeaderList([("grpc-status", "0"), ("attempts", attempts)]))
        }
        func writable() {}
        func closed(_ error: HTTP2Error?) {}
    }

    private static func withServer(
        refusals: Int, _ body: (GRPCChannel) async throws -> Void
    ) async throws -> Int {
        let refusing = RefusingServer(refusals: refusals)
        let server = try await refusing.bind()
        let channel = GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: server.localPort)], configuration: .patient, group: group)
        try await body(channel)
        await channel.shutdown()
        await server.shutdown(grace: .zero)
        return refusing.requests.withLock { $0 }
    }

    @Test("A refused unary call is sent again, and the server can see that", .timeLimit(.minutes(10)))
    func unary() async throws {
        let requests = try await Self.withServer(refusals: 1) { channel in
            let stream = channel.open("a/B")
            try await stream.send(FramedMessage("hello"))
            stream.finishSending()
            #expect(try await stream.next().map { String(buffer: $0) } == "hello")
            #expect(try await stream.next() == nil)
            #expect(stream.trailingMetadata?.first("attempts") == "1")
        }
        #expect(requests == 2)
    }

    @Test("A call that is refused twice ends with UNAVAILABLE", .timeLimit(.minutes(10)))
    func twice() async throws {
        let requests = try await Self.withServer(refusals: 2) { channel in
            let status = await #expect(throws: GRPCStatus.self) { try await channel.unary("a/B", FramedMessage("x")) }
            #expect(status?.code == .unavailable && status?.mayHaveRun == false)
        }
        #expect(requests == 2)
    }

    @Test("A refused stream is sent again with all that went out before, in order", .timeLimit(.minutes(10)))
    func stream() async throws {
        let requests = try await Self.withServer(refusals: 1) { channel in
            let stream = channel.open("a/B")
            for number in 0..<100 { try await stream.send(FramedMessage("\(number)")) }
            stream.finishSending()
            for number in 0..<100 {
                #expect(try await stream.next().map { String(buffer: $0) } == "\(number)")
            }
            #expect(try await stream.next() == nil)
        }
        #expect(requests == 2)
    }

    @Test("A refused stream that sent more than is kept ends with UNAVAILABLE", .timeLimit(.minutes(10)))
    func tooLarge() async throws {
        let requests = try await Self.withServer(refusals: 1) { channel in
            let status = await #expect(throws: GRPCStatus.self) {
                try await channel.unary("a/B", FramedMessage(String(repeating: "x", count: 300_000)))
            }
            #expect(status?.code == .unavailable)
        }
        #expect(requests == 1)
    }

    @Test("A call above a GOAWAY's last stream goes to another connection", .timeLimit(.minutes(10)))
    func aboveLastStream() async throws {
        let peer = try await RawPeer(takesOne: true, answer: RawFrame.goAway(last: 0))
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: LoopbackTests.echo, configuration: .patient, group: Self.group)
        let targets = [peer.port, server.localPort].map { HostPort(host: "127.0.0.1", port: $0) }
        let channel = GRPCChannel(targets: targets, configuration: .patient, group: Self.group)
        let answer = try await channel.unary("test.Echo/Echo", FramedMessage("again"))
        #expect(String(buffer: answer) == "again")
        await channel.shutdown()
        await server.shutdown(grace: .zero)
        await peer.close()
    }

    @Test("A call that the server has answered is not sent again", .timeLimit(.minutes(10)))
    func committed() async throws {
        let head = RawFrame.headers(1, [(":status", "200"), ("content-type", "application/grpc")])
        // The same block without END_STREAM.
        let open = head.enumerated().map { $0.offset == 4 ? 4 : $0.element }
        let peer = try await RawPeer(takesOne: true, answer: open + RawFrame.reset(1, 7))
        let channel = GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: peer.port)], configuration: .patient, group: Self.group)
        let status = await #expect(throws: GRPCStatus.self) { try await channel.unary("a/B", FramedMessage("x")) }
        #expect(status == GRPCStatus(.unavailable, "the server refused the stream"))
        await channel.shutdown()
        await peer.close()
    }
}
