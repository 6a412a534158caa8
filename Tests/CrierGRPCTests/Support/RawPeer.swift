import NIOCore
import NIOPosix
import Synchronization

/// A server that answers each connection's first request with frames written by hand, whatever was asked.
final class RawPeer: Sendable {
    private let channel: any Channel
    private let listening = Listening()

    /// - Parameters:
    ///   - takesOne: Stops listening with the first request, so that the next target is dialled.
    ///   - answer: What follows the server's SETTINGS when a HEADERS frame has come.
    init(takesOne: Bool = false, answer: [UInt8]) async throws {
        let listening = listening
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let answerer = Answerer(answer) {
                        listening.wasAsked.store(true, ordering: .relaxed)
                        if takesOne { listening.channel.withLock { $0 }?.close(promise: nil) }
                    }
                    try channel.pipeline.syncOperations.addHandler(answerer)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.channel = channel
        listening.channel.withLock { $0 = channel }
    }

    /// Whether a request has come.
    var wasAsked: Bool { listening.wasAsked.load(ordering: .relaxed) }

    var port: Int { channel.localAddress?.port ?? 0 }

    func close() async { try? await channel.close() }

    private final class Listening: Sendable {
        let channel = Mutex<(any Channel)?>(nil)
        let wasAsked = Atomic<Bool>(false)
    }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private static let preface = 24
        private static let frameHead = 9
        private static let headersFrame: UInt8 = 1

        private let answer: [UInt8]
        private var received = ByteBuffer()
        private var isPrefaceRead = false
        private var isAnswered = false

        private let onRequest: () -> Void

        init(_ answer: [UInt8], onRequest: @escaping () -> Void) {
            (self.answer, self.onRequest) = (answer, onRequest)
        }

        func channelActive(context: ChannelHandlerContext) {
            write([0, 0, 0, 4, 0, 0, 0, 0, 0], context)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            received.writeBuffer(&bytes)
            if !isPrefaceRead {
                guard received.readSlice(length: Self.preface) != nil else { return }
                isPrefaceRead = true
            }
            while let type = nextFrame() {
                guard type == Self.headersFrame, !isAnswered else { continue }
                isAnswered = true
                onRequest()
                write(answer, context)
            }
        }

        /// The type of the next whole frame.
        private func nextFrame() -> UInt8? {
            guard let head = received.getBytes(at: received.readerIndex, length: Self.frameHead) else { return nil }
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            return received.readSlice(length: Self.frameHead + length).map { _ in head[3] }
        }

        private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }
    }
}

/// Frames that such a peer writes (RFC 9113 §6).
enum RawFrame {
    /// SETTINGS_INITIAL_WINDOW_SIZE and a WINDOW_UPDATE of the connection: both windows of the largest size.
    static let openWindows: [UInt8] = [
        0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0, 0,
    ]

    static func reset(_ stream: UInt8, _ code: UInt8) -> [UInt8] { [0, 0, 4, 3, 0, 0, 0, 0, stream, 0, 0, 0, code] }

    static func goAway(last stream: UInt8, _ code: UInt8 = 0) -> [UInt8] {
        [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, stream, 0, 0, 0, code]
    }

    /// A header block whose fields are literals without indexing (RFC 7541 §6.2.2); it ends the stream.
    static func headers(_ stream: UInt8, _ fields: [(String, String)]) -> [UInt8] {
        let block = fields.flatMap { [0, UInt8($0.0.utf8.count)] + $0.0.utf8 + [UInt8($0.1.utf8.count)] + $0.1.utf8 }
        return [0, UInt8(block.count >> 8), UInt8(block.count & 255), 1, 5, 0, 0, 0, stream] + block
    }
}
