import CLinux
public import NIOCore
import NIOPosix
public import NIOSSL

/// How an HTTP/2 server treats its connections.
public struct HTTP2ServerConfiguration: Sendable {
    public var limits = HTTP2Limits()
    public var keepalive = KeepaliveConfiguration()
    /// nil: clear text with prior knowledge (RFC 9113 §3.3).
    public var tls: NIOSSLContext?
    /// Connections that wait in the kernel to be accepted. 4,096: a reconnect storm of a whole node within a second.
    public var backlog: Int32 = 4_096

    public init() {}
}

/// A listening HTTP/2 socket and the connections that came through it.
public final class HTTP2Server: Sendable {
    private let channel: any Channel
    private let connections: ServerConnections

    private init(channel: any Channel, connections: ServerConnections) {
        self.channel = channel
        self.connections = connections
    }

    /// Listens on `host` and `port`; port 0 picks one.
    /// - Throws: `IOError` when the address is in use or not ours.
    public static func bind(
        host: String, port: Int, configuration: HTTP2ServerConfiguration, group: any EventLoopGroup,
        acceptor: any ExchangeAcceptor & Sendable
    ) async throws -> HTTP2Server {
        let settings = ConnectionSettings(limits: configuration.limits, keepalive: configuration.keepalive)
        let connections = ServerConnections(group, settings)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: configuration.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.tcpOption(.init(rawValue: crier_tcp_notsent_lowat)), value: Limit.unsentKernelBytes)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: Limit.outputHighWater))
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(.recvAllocator, value: SocketBuffers.allocator)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try connections.admit(channel, configuration, acceptor)
                }
            }
        let channel = try await bootstrap.bind(host: host, port: port).get()
        return HTTP2Server(channel: channel, connections: connections)
    }

    /// The bound address; its port is the picked one when 0 was asked for.
    public var localPort: Int { channel.localAddress?.port ?? 0 }

    /// Connections that are open now.
    public var openConnections: Int { connections.count }

    /// Takes no more connections; those that are open go on.
    public func stopListening() async {
        try? await channel.close().get()
    }

    /// Ends every connection gracefully (gRFC A9) and waits until the last is closed: at most a little over `grace`.
    public func shutdown(grace: TimeAmount, reason: String = "shutdown") async {
        await stopListening()
        await connections.shutdown(grace: grace, reason: reason)
    }
}

/// How large the buffers are that sockets are read into.
enum SocketBuffers {
    /// Receive buffers grow with use: an idle connection's stays small, an upload's becomes 256 KiB.
    static let allocator = AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 512, maximum: 256 * 1_024)
}
