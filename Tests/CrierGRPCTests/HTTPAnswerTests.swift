import CrierGRPC
import CrierHTTP2
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// Requests that are not gRPC, peers that are not even HTTP/2, and those that take no answer.
@Suite struct HTTPAnswerTests {
    @Test(
        "A request that is not gRPC gets an HTTP answer",
        arguments: [
            ("GET", "text/html", "404"), ("POST", "application/json", "415"), ("POST", "application/grpc-web", "415"),
        ]
    )
    func notGRPC(method: String, contentType: String, expected: String) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: LoopbackTests.echo, configuration: .patient, group: group)
        let response = try await RawCall.ask(
            server,
            [
                (":method", method), (":scheme", "http"), (":path", "/test.Echo/Echo"), (":authority", "x"),
                ("content-type", contentType),
            ])
        #expect(response.fields[":status"] == expected)
        await server.shutdown(grace: .zero)
    }

    @Test(
        "A request whose fields are too large is answered, its content-type cut off or not", arguments: [true, false])
    func largeHead(typeComesFirst: Bool) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: LoopbackTests.echo, configuration: .patient, group: group)
        let large = [("x-large", String(repeating: "l", count: 20_000))]
        let type = [("content-type", "application/grpc")]
        let head = [(":method", "POST"), (":scheme", "http"), (":path", "/test.Echo/Echo"), (":authority", "x")]
        let response = try await RawCall.ask(server, head + (typeComesFirst ? type + large : large + type))
        #expect(response.fields[":status"] == (typeComesFirst ? "200" : "431"))
        #expect(response.fields["grpc-status"] == "8")
        #expect(response.error == nil)
        await server.shutdown(grace: .zero)
    }

    @Test("A deadline ends a call whose client does not read, whatever is queued for it", .timeLimit(.minutes(10)))
    func deadlineOfStalledReader() async throws {
        final class Flood: ServerCallHandler {
            let call: ServerCall
            let onClose: @Sendable (CallEnd) -> Void
            init(_ call: ServerCall, _ onClose: @escaping @Sendable (CallEnd) -> Void) {
                (self.call, self.onClose) = (call, onClose)
            }
            func received(_ message: UnsafeRawBufferPointer) {}
            func receivedEnd() {
                // More than the client's window takes.
                for _ in 0..<32 { call.send(FramedMessage(String(repeating: "f", count: 100_000))) }
                if finishes { call.finish() }
            }
            func closed(_ end: CallEnd) { onClose(end) }
            var finishes: Bool { call.metadata.first("finishes") == "yes" }
        }
        let group = MultiThreadedEventLoopGroup.singleton
        let (ends, continuation) = AsyncStream.makeStream(of: CallEnd.self)
        var methods = MethodTable()
        methods.add("Flood", service: "test.Flood") { call in Flood(call) { continuation.yield($0) } }
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: methods, configuration: .patient, group: group)
        var iterator = ends.makeAsyncIterator()
        for finishes in ["no", "yes"] {
            let response = try await RawCall.ask(
                server,
                [
                    (":method", "POST"), (":scheme", "http"), (":path", "/test.Flood/Flood"), (":authority", "x"),
                    ("content-type", "application/grpc"), ("grpc-timeout", "200m"), ("finishes", finishes),
                ],
                reads: false)
            #expect(response.error == .cancel)
            #expect(await iterator.next() == .deadlineExceeded)
        }
        await server.shutdown(grace: .zero)
    }

    @Test("A peer that floods hears why it is thrown out, though it goes on sending", .timeLimit(.minutes(10)))
    func lastWords() async throws {
        final class Collector: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            private var bytes = ByteBuffer()
            private let all: EventLoopPromise<ByteBuffer>
            init(_ all: EventLoopPromise<ByteBuffer>) { self.all = all }
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                var buffer = unwrapInboundIn(data)
                bytes.writeBuffer(&buffer)
            }
            func errorCaught(context: ChannelHandlerContext, error: any Error) {}
            func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
                if event as? ChannelEvent == .inputClosed { all.succeed(bytes) }
            }
            func channelInactive(context: ChannelHandlerContext) { all.fail(ChannelError.eof) }
        }
        let group = MultiThreadedEventLoopGroup.singleton
        var configuration = GRPCServerConfiguration.patient
        configuration.http2.limits.lastWrite = .hours(1)
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: LoopbackTests.echo, configuration: configuration, group: group
        )
        let loop = group.next()
        let all = loop.makePromise(of: ByteBuffer.self)
        let peer = try await ClientBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(all))
                }
            }
            .connect(host: "127.0.0.1", port: server.localPort).get()
        var flood = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        flood.writeBytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
        for _ in 0..<200_000 { flood.writeBytes([0, 0, 8, 6, 0, 0, 0, 0, 0] + Array(repeating: 7, count: 8)) }
        try await peer.writeAndFlush(flood)
        try await peer.setOption(.autoRead, value: true).get()
        let answer = try await all.futureResult.get()
        try await peer.close()
        // What a GOAWAY for PINGs says (gRFC A8).
        let last = "too_many_pings"
        #expect(answer.readableBytesView.suffix(last.utf8.count).elementsEqual(last.utf8))
        await server.shutdown(grace: .zero)
    }

    @Test("A peer that stops within its TLS handshake is closed after the limit", .timeLimit(.minutes(10)))
    func stalledTLSHandshake() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        var configuration = GRPCServerConfiguration.patient
        configuration.http2.limits.handshakeTimeout = .milliseconds(100)
        let certificates = try TLSTests.Certificates()
        defer { certificates.remove() }
        configuration.http2.tls = try .server(identity: certificates.identity("server"), clientAuthorityFile: nil)
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: LoopbackTests.echo, configuration: configuration, group: group
        )
        let silent = try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: server.localPort).get()
        try await silent.closeFuture.get()
        await server.shutdown(grace: .zero)
    }
}
