import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import CrierHTTP2

/// What becomes of output that a real socket has no room for.
@Suite struct FullSocketTests {
    private static let chunkBytes = 200_000
    private static let chunks = 40

    /// Byte `offset` of the file; no two pages are alike.
    private static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset ^ offset >> 8 ^ offset >> 16) }

    private static func label(_ chunk: Int) -> [UInt8] { Array("chunk \(chunk):".utf8) }

    private final class SendingAcceptor: ExchangeAcceptor, Sendable {
        private let file: ReadableFile

        init(_ file: ReadableFile) { self.file = file }

        func accept(_ exchange: Exchange) -> any ExchangeReceiver { Sender(exchange, file) }
    }

    /// Answers with labels and parts of a file by turns, all at once.
    private final class Sender: ExchangeReceiver {
        private let exchange: Exchange
        private let file: ReadableFile

        init(_ exchange: Exchange, _ file: ReadableFile) {
            self.exchange = exchange
            self.file = file
        }

        func receivedHead(_ block: HeaderBlock) {
            exchange.sendHead(HeaderList([(":status", "200")]))
            for chunk in 0..<chunks {
                exchange.send(ByteBuffer(bytes: label(chunk)))
                let offset = Int64(chunk * chunkBytes)
                exchange.send(FileSlice(file: file, offset: offset, count: chunkBytes))
            }
            exchange.sendEnd()
        }
        func receivedData(_ bytes: UnsafeRawBufferPointer) {}
        func receivedTrailers(_ block: HeaderBlock) {}
        func receivedEnd() {}
        func writable() {}
        func closed(_ error: HTTP2Error?) {}
    }

    private static func makeFile() -> ReadableFile {
        var name = Array("/tmp/full-socket-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        unlink(name)
        let bytes = (0..<chunks * chunkBytes).map(byte)
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        precondition(written == bytes.count, "room for the file")
        return ReadableFile(owning: descriptor)
    }

    /// Asks for the file, and takes the DATA frames apart.
    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        struct Answer { var largestFrame = 0, body: [UInt8] = [] }

        private let whole: EventLoopPromise<Answer>
        private var answer = Answer()
        private var pending = ByteBuffer()

        init(_ whole: EventLoopPromise<Answer>) { self.whole = whole }

        func channelActive(context: ChannelHandlerContext) {
            let windows = Frame.settings([(4, 0x7FFF_FFFF)]).bytes + Frame.windowUpdate(0, 0x7FFF_0000).bytes
            let request = ByteBuffer(bytes: Frame.preface + windows + Frame.headers(1, end: true).bytes)
            context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending.writeImmutableBuffer(unwrapInboundIn(data))
            while let head = pending.getBytes(at: pending.readerIndex, length: 9) {
                let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
                guard pending.readableBytes >= 9 + length else { break }
                pending.moveReaderIndex(forwardBy: 9)
                let payload = pending.readBytes(length: length)!
                guard head[3] == Frame.Kind.data.rawValue else { continue }
                answer.largestFrame = max(answer.largestFrame, length)
                answer.body += payload
                if head[4] & 1 == 1 { whole.succeed(answer) }
            }
            pending.discardReadBytes()
        }

        func channelInactive(context: ChannelHandlerContext) { whole.fail(ChannelError.eof) }
    }

    @Test("File parts and messages that found the socket full arrive whole and in order")
    func slices() async throws {
        let file = Self.makeFile()
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await HTTP2Server.bind(
            host: "127.0.0.1", port: 0, configuration: .init(), group: group, acceptor: SendingAcceptor(file))
        let whole = group.next().makePromise(of: Reader.Answer.self)
        // A receive buffer of a few KiB: the server's socket is full after each read.
        let client = try await ClientBootstrap(group: group).channelOption(.socketOption(.so_rcvbuf), value: 4_096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(whole)) }
            }
            .connect(host: "127.0.0.1", port: server.localPort).get()
        let answer = try await whole.futureResult.get()
        try await client.close()
        await server.shutdown(grace: .zero)
        var expected: [UInt8] = []
        for chunk in 0..<Self.chunks {
            expected += Self.label(chunk)
            expected += (chunk * Self.chunkBytes..<(chunk + 1) * Self.chunkBytes).map(Self.byte)
        }
        #expect(answer.largestFrame == 16_384)
        #expect(answer.body == expected)
    }
}
