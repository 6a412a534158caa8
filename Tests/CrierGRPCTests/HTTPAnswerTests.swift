import CrierGRPC
import CrierHTTP2
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// Requests that are not gRPC, and peers that are not even HTTP/2.
@Suite struct HTTPAnswerTests {
    /// Collects one response.
    private final class Response: ExchangeReceiver {
        var status: String?
        let onClose: (String?) -> Void
        init(_ onClose: @escaping (String?) -> Void) { self.onClose = onClose }
        func receivedHead(_ block: HeaderBlock) { status = block.first(":status") }
        func receivedData(_ bytes: UnsafeRawBufferPointer) {}
        func receivedTrailers(_ block: HeaderBlock) {}
        func receivedEnd() {}
        func writable() {}
        func closed(_ error: HTTP2Error?) { onClose(error == nil ? status : "\(error!)") }
    }

    /// Sends one request as soon as the connection is ready.
    private final class Asker: HTTP2ConnectionObserver {
        let head: HeaderList
        let answer: EventLoopPromise<String?>
        private var isAsked = false
        init(_ head: HeaderList, _ answer: EventLoopPromise<String?>) { (self.head, self.answer) = (head, answer) }
        func connectionReady(_ connection: HTTP2Connection) {
            guard !isAsked else { return }
            isAsked = true
            let exchange = connection.open(
                head,
                receiver: Response { [answer] status in
                    answer.succeed(status)
                    connection.close(reason: "done")
                })
            exchange?.sendEnd()
        }
        func connectionHasRoom(_ connection: HTTP2Connection) {}
        func connectionDraining(_ connection: HTTP2Connection) {}
        func connectionClosed(_ connection: HTTP2Connection, error: HTTP2Error?) { answer.fail(ChannelError.eof) }
    }

    @Test(
        "A request that is not gRPC gets an HTTP answer",
        arguments: [
            ("GET", "text/html", "404"), ("POST", "application/json", "415"), ("POST", "application/grpc-web", "415"),
        ]
    )
    func notGRPC(method: String, contentType: String, expected: String) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await GRPCServer.bind(host: "127.0.0.1", port: 0, methods: LoopbackTests.echo, group: group)
        let loop = group.next()
        let port = server.localPort
        let answer = loop.makePromise(of: String?.self)
        let observer = NIOLoopBoundBox<Asker?>.makeBoxSendingValue(nil, eventLoop: loop)
        loop.execute {
            let head = HeaderList([
                (":method", method), (":scheme", "http"), (":path", "/test.Echo/Echo"), (":authority", "x"),
                ("content-type", contentType),
            ])
            let asker = Asker(head, answer)
            observer.value = asker
            let connector = HTTP2Connector(group: loop, configuration: .init())
            _ = connector.connect(host: "127.0.0.1", port: port, on: loop, observer: asker)
        }
        #expect(try await answer.futureResult.get() == expected)
        withExtendedLifetime(observer) {}
        await server.shutdown(grace: .zero)
    }

    @Test("A peer that stops within its TLS handshake is closed after the limit", .timeLimit(.minutes(1)))
    func stalledTLSHandshake() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        var configuration = GRPCServerConfiguration()
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
