import CLinux
public import NIOCore
import NIOPosix
public import NIOSSL

/// How a client's connections are made and kept.
public struct HTTP2ClientConfiguration: Sendable {
    public var limits = HTTP2Limits()
    public var keepalive = KeepaliveConfiguration()
    /// nil: clear text with prior knowledge (RFC 9113 §3.3).
    public var tls: NIOSSLContext?
    /// The name that the server's certificate must carry; nil takes the host that was dialled.
    public var serverName: String?
    /// Time that a TCP connection may take. 20 s, gRPC's minimum connect time-out (connection-backoff.md).
    public var connectTimeout: TimeAmount = .seconds(20)

    public init() {}
}

/// Dials HTTP/2 servers from the loops of one group.
public final class HTTP2Connector: Sendable {
    private let loops: HTTP2Loops
    private let configuration: HTTP2ClientConfiguration
    private let settings: ConnectionSettings

    public init(group: any EventLoopGroup, configuration: HTTP2ClientConfiguration) {
        loops = HTTP2Loops(group)
        self.configuration = configuration
        settings = ConnectionSettings(limits: configuration.limits, keepalive: configuration.keepalive)
    }

    /// Dials. Call it on `eventLoop`, a loop of the group; `observer` hears when the connection is ready, and when it
    /// is closed: with the reason when it could not be made.
    public func connect(
        host: String, port: Int, on eventLoop: any EventLoop, observer: any HTTP2ConnectionObserver
    ) -> HTTP2Connection {
        let connection = HTTP2Connection(
            role: .client, settings: settings, loop: loops[eventLoop],
            isClearText: configuration.tls == nil, acceptor: nil, ageFactor: 1
        )
        connection.observer = observer
        let configuration = self.configuration
        ClientBootstrap(group: eventLoop)
            .connectTimeout(configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.tcpOption(.init(rawValue: crier_tcp_notsent_lowat)), value: Limit.unsentKernelBytes)
            .channelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: Limit.outputHighWater))
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(.recvAllocator, value: SocketBuffers.allocator)
            .channelOption(.autoRead, value: false)
            .connect(host: host, port: port)
            .assumeIsolated()
            .whenComplete { result in
                do { try Self.attach(connection, to: result.get(), host, configuration) } catch {
                    connection.dialFailed(error)
                }
            }
        return connection
    }

    /// A name may have several addresses, each tried with a channel of its own: the connection goes into the one that
    /// stands.
    private static func attach(
        _ connection: HTTP2Connection, to channel: any Channel, _ host: String,
        _ configuration: HTTP2ClientConfiguration
    ) throws {
        guard connection.phase == .handshaking else { return channel.close(promise: nil) }
        let pipeline = channel.pipeline.syncOperations
        do {
            if let tls = configuration.tls {
                let name = serverName(configuration.serverName ?? host)
                try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
            }
            try pipeline.addHandler(connection)
        } catch {
            channel.close(promise: nil)
            throw error
        }
        channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
    }

    /// SNI carries names only (RFC 6066 §3); for an address NIOSSL checks the certificate's IP entries.
    private static func serverName(_ host: String) -> String? {
        (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}
