import CrierGRPC
import CrierHTTP2
import NIOCore
import NIOPosix
import Testing

/// Who shuts a channel down need not hold it until it has ended.
@Suite("A channel that nobody holds any more")
struct AbandonedChannelTests {
    @Test(
        "Shut down with bytes that the peer does not read, it ends when they are out, and says so",
        .timeLimit(.minutes(10)))
    func unsentBytes() async throws {
        let peer = try await LateReader.start()
        let (loop, end) = try await Self.abandon(peer.port)
        let hasEnded = NIOLoopBoundBox<Bool>.makeBoxSendingValue(false, eventLoop: loop)
        end.whenComplete { _ in hasEnded.value = true }
        #expect(try await loop.submit { hasEnded.value }.get() == false)
        try await peer.readToTheEnd()
        // Its socket is closed, and what follows from that belongs to the same turn of the loop.
        #expect(try await loop.submit { hasEnded.value }.get())
        await peer.close()
    }

    /// Fills the socket, and lets go of all there is, as links to other nodes do: first of the call, which would hold
    /// the channel, then of the channel.
    private static func abandon(_ port: Int) async throws -> (any EventLoop, EventLoopFuture<Void>) {
        var configuration = ChannelConfiguration.patient
        // Nothing but the peer ends the connection.
        configuration.http2.limits.lastWrite = .hours(1)
        let channel = GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: port)], configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton)
        let loop = channel.eventLoop
        let isFull = loop.makePromise(of: Void.self)
        let flood = NIOLoopBoundBox<Flood?>.makeBoxSendingValue(nil, eventLoop: loop)
        loop.execute {
            let call = Flood(on: loop, isFull)
            flood.value = call
            call.begin(channel)
        }
        try await isFull.futureResult.get()
        loop.execute { flood.value?.cancel() }
        return (loop, channel.close())
    }
}

/// A call that sends more than any socket takes. Belongs to the channel's loop.
private final class Flood: LoopCallHandler {
    private static let message = FramedMessage(String(repeating: "f", count: 1 << 20))
    private static let messages = 16
    /// Turns of the loop in which no byte goes out, before the socket counts as full. While it takes something, each
    /// turn writes.
    private static let quietTurns = 3

    private let eventLoop: any EventLoop
    private let isFull: EventLoopPromise<Void>
    private var call: LoopCall?
    private var sentBytes = 0

    init(on eventLoop: any EventLoop, _ isFull: EventLoopPromise<Void>) {
        self.eventLoop = eventLoop
        self.isFull = isFull
    }

    func begin(_ channel: GRPCChannel) { call = channel.begin("test.Flood/Flood", handler: self) }

    func cancel() { call?.cancel() }

    func writable() {
        guard sentBytes == 0, let call else { return }
        for _ in 0..<Self.messages { call.send(Self.message) }
        sentBytes = call.bufferedBytes
        watch(sentBytes, quietTurns: 0)
    }

    private func watch(_ last: Int, quietTurns: Int) {
        guard quietTurns < Self.quietTurns else { return isFull.succeed() }
        eventLoop.assumeIsolated()
            .execute {
                let left = self.call?.bufferedBytes ?? 0
                let isQuiet = left == last && left < self.sentBytes
                self.watch(left, quietTurns: isQuiet ? quietTurns + 1 : 0)
            }
    }

    func received(_ message: UnsafeRawBufferPointer) {}

    /// Before the socket is full, it is a failure; afterwards nobody listens.
    func closed(_ status: GRPCStatus) { isFull.fail(status) }
}

/// A server that opens its windows as far as they go, and reads nothing until it is told to.
private final class LateReader: Sendable {
    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: RawFrame.openWindows)), promise: nil)
        }
    }

    private let listener: any Channel
    private let connections: AsyncStream<any Channel>

    private init(_ listener: any Channel, _ connections: AsyncStream<any Channel>) {
        self.listener = listener
        self.connections = connections
    }

    static func start() async throws -> LateReader {
        let (connections, onConnect) = AsyncStream.makeStream(of: (any Channel).self)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_rcvbuf), value: 4_096)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Greeter())
                    onConnect.yield(channel)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LateReader(listener, connections)
    }

    var port: Int { listener.localAddress?.port ?? 0 }

    /// Returns when the client has closed its connection.
    func readToTheEnd() async throws {
        for await connection in connections {
            try await connection.setOption(.autoRead, value: true).get()
            return try await connection.closeFuture.get()
        }
    }

    func close() async { try? await listener.close() }
}
