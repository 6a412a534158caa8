import NIOCore
import NIOEmbedded

@testable import CrierHTTP2

/// A client's connection wired to a server's without sockets; bytes cross in pieces of a chosen size.
final class SessionPair {
    typealias Recorder = Conversation.Recorder

    /// What the client heard of its connection.
    final class Observer: HTTP2ConnectionObserver {
        var isReady = false
        var isDraining = false
        var closed: HTTP2Error??
        var onRoom: (() -> Void)?
        func connectionReady(_ connection: HTTP2Connection) { isReady = true }
        func connectionHasRoom(_ connection: HTTP2Connection) { onRoom?() }
        func connectionDraining(_ connection: HTTP2Connection) { isDraining = true }
        func connectionClosed(_ connection: HTTP2Connection, error: HTTP2Error?) { closed = error }
    }

    let loop = EmbeddedEventLoop()
    let observer = Observer()
    let client: HTTP2Connection
    let server: HTTP2Connection
    let clientChannel: EmbeddedChannel
    let serverChannel: EmbeddedChannel
    var accepted: [(exchange: Exchange, recorder: Recorder)] {
        zip(acceptor.exchanges, acceptor.recorders).map { ($0, $1) }
    }
    private let pieceSize: Int
    private let acceptor = RecordingAcceptor()

    init(serverLimits: HTTP2Limits = .init(), pieceSize: Int = .max) throws {
        self.pieceSize = pieceSize
        clientChannel = EmbeddedChannel(loop: loop)
        serverChannel = EmbeddedChannel(loop: loop)
        client = HTTP2Connection(
            role: .client, settings: ConnectionSettings(limits: .init(), keepalive: .init()),
            loop: HTTP2Loop(eventLoop: loop),
            isClearText: true, acceptor: nil, ageFactor: 1
        )
        server = HTTP2Connection(
            role: .server, settings: ConnectionSettings(limits: serverLimits, keepalive: .init()),
            loop: HTTP2Loop(eventLoop: loop), isClearText: true, acceptor: acceptor, ageFactor: 1
        )
        client.observer = observer
        try clientChannel.pipeline.syncOperations.addHandler(client)
        try serverChannel.pipeline.syncOperations.addHandler(server)
        for channel in [clientChannel, serverChannel] {
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        }
        try run()
    }

    deinit {
        _ = acceptor.takeExchanges()
        // Channel and handler hold each other until the channel is closed.
        for channel in [clientChannel, serverChannel] { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    static let request = HeaderList([(":method", "POST"), (":scheme", "http"), (":path", "/a/B"), (":authority", "x")])

    /// Opens an exchange on the client; nil when there is no room.
    func open() -> (exchange: Exchange, recorder: Recorder)? {
        let recorder = Recorder()
        return client.open(Self.request, receiver: recorder).map { ($0, recorder) }
    }

    /// Carries bytes both ways until nobody has any.
    func run() throws {
        while true {
            loop.run()
            let forward = try carry(clientChannel, serverChannel)
            let back = try carry(serverChannel, clientChannel)
            if !forward, !back { return }
        }
    }

    private func carry(_ from: EmbeddedChannel, _ to: EmbeddedChannel) throws -> Bool {
        var bytes: [UInt8] = []
        while let buffer = try from.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer.readableBytesView) }
        var start = 0
        while start < bytes.count, to.isActive {
            let end = start + min(pieceSize, bytes.count - start)
            try to.writeInbound(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return !bytes.isEmpty
    }
}
