import NIOCore
import NIOPosix
import Synchronization

/// Carries bytes between nodes, until it is told to stop carrying one direction, or to cut.
final class TestProxy: Sendable {
    enum Direction: Hashable, Sendable {
        /// From the node that forwards.
        case pushes
        /// From the node that holds the client.
        case answers
    }

    private struct State {
        var frozen: Set<Direction> = []
        var pipes: [Pipe] = []
    }

    private let state = Mutex(State())
    private let listener = Mutex<(any Channel)?>(nil)
    private let target: Int
    private let (dials, onDial) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    private init(target: Int) { self.target = target }

    static func start(to target: Int) async throws -> TestProxy {
        let proxy = TestProxy(target: target)
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { proxy.accept($0) }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.listener.withLock { $0 = listener }
        return proxy
    }

    var port: Int { listener.withLock { $0?.localAddress?.port } ?? 0 }

    /// Waits until somebody has dialled it, since the last time that was asked. For one task at a time.
    func dialled() async { for await _ in dials { return } }

    /// Carries nothing more that way: what comes lies in the sockets' buffers.
    func freeze(_ directions: Direction...) {
        let pipes = state.withLock { state in
            state.frozen.formUnion(directions)
            return state.pipes
        }
        for pipe in pipes { pipe.freeze(Set(directions)) }
    }

    /// Carries everything again, and what has come meanwhile.
    func thaw() {
        let pipes = state.withLock { state in
            state.frozen = []
            return state.pipes
        }
        for pipe in pipes { pipe.thaw() }
    }

    /// Ends all connections; new ones are carried again.
    func cut() async {
        let pipes = state.withLock { state in
            defer { state = State() }
            return state.pipes
        }
        for pipe in pipes { await pipe.close() }
    }

    func stop() async {
        if let listener = listener.withLock({ $0.take() }) { try? await listener.close() }
        await cut()
    }

    private func accept(_ front: any Channel) -> EventLoopFuture<Void> {
        onDial.yield()
        return ClientBootstrap(group: front.eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: target)
            .flatMap { back in
                let pipe = Pipe(front: front, back: back)
                return pipe.open {
                    self.state.withLock { state in
                        // From here on it hears of every change.
                        state.pipes.append(pipe)
                        return state.frozen
                    }
                }
            }
    }
}

/// One connection through the proxy: two sockets on one loop.
private final class Pipe: Sendable {
    private let front: any Channel
    private let back: any Channel

    init(front: any Channel, back: any Channel) {
        self.front = front
        self.back = back
    }

    /// - Parameter frozen: Asked on the loop, where later changes come behind it.
    func open(_ frozen: @escaping @Sendable () -> Set<TestProxy.Direction>) -> EventLoopFuture<Void> {
        front.eventLoop.flatSubmit { [front, back] in
            do {
                try front.pipeline.syncOperations.addHandler(Carrier(to: back))
                try back.pipeline.syncOperations.addHandler(Carrier(to: front))
            } catch {
                return front.eventLoop.makeFailedFuture(error)
            }
            let frozen = frozen()
            return front.setOption(.autoRead, value: !frozen.contains(.pushes))
                .and(back.setOption(.autoRead, value: !frozen.contains(.answers)))
                .map { _ in }
        }
    }

    func freeze(_ directions: Set<TestProxy.Direction>) {
        if directions.contains(.pushes) { _ = front.setOption(.autoRead, value: false) }
        if directions.contains(.answers) { _ = back.setOption(.autoRead, value: false) }
    }

    func thaw() {
        _ = front.setOption(.autoRead, value: true)
        _ = back.setOption(.autoRead, value: true)
    }

    func close() async {
        try? await front.close()
        try? await back.close()
    }
}

private final class Carrier: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let target: any Channel

    init(to target: any Channel) { self.target = target }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        target.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { target.close(promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
