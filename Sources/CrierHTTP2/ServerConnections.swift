import NIOCore
import NIOSSL
import Synchronization

/// The connections of a server: who they are, and how they end.
final class ServerConnections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: NIOLoopBound<HTTP2Connection>] = [:]
        var isShuttingDown = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let loops: HTTP2Loops
    private let settings: ConnectionSettings
    private let state = Mutex(State())

    init(_ group: any EventLoopGroup, _ settings: ConnectionSettings) {
        loops = HTTP2Loops(group)
        self.settings = settings
    }

    var count: Int { state.withLock { $0.open.count } }

    /// Sets up an accepted channel, on its loop.
    func admit(
        _ channel: any Channel, _ configuration: HTTP2ServerConfiguration,
        _ acceptor: any ExchangeAcceptor
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls = configuration.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        let connection = HTTP2Connection(
            role: .server, settings: settings,
            loop: loops[channel.eventLoop], isClearText: configuration.tls == nil, acceptor: acceptor,
            ageFactor: .random(in: 0.9...1.1)
        )
        add(connection, channel)
        try pipeline.addHandler(connection)
    }

    private func add(_ connection: HTTP2Connection, _ channel: any Channel) {
        let id = ObjectIdentifier(connection)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let isLate = state.withLock {
            $0.open[id] = bound
            return $0.isShuttingDown
        }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        if isLate { channel.close(promise: nil) }
    }

    private func remove(_ id: ObjectIdentifier) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.open[id] = nil
            guard state.open.isEmpty else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func shutdown(grace: TimeAmount, reason: String) async {
        let open = state.withLock { state in
            state.isShuttingDown = true
            return Array(state.open.values)
        }
        for bound in open {
            bound.eventLoop.execute { bound.value.beginShutdown(grace: grace, reason: reason) }
        }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.open.isEmpty { return true }
                state.waiters.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}
