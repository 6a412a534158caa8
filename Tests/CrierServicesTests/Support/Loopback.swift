import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix

/// A gRPC server with some services, and a channel to it, over real sockets.
enum Loopback {
    static func with(_ methods: MethodTable, _ body: (GRPCChannel) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: methods, configuration: .patient, group: group
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await server.run() }
            let channel = GRPCChannel(
                targets: [HostPort(host: "127.0.0.1", port: server.localPort)], configuration: .patient, group: group
            )
            do {
                try await body(channel)
                await channel.shutdown()
                await server.shutdown(grace: .zero)
            } catch {
                await channel.shutdown()
                await server.shutdown(grace: .zero)
                throw error
            }
            tasks.cancelAll()
        }
    }
}

extension GRPCServerConfiguration {
    /// Waits for its clients as long as a slow machine needs.
    static var patient: Self {
        var configuration = Self()
        configuration.giveUp(handshake: .hours(1), pingTimeout: .hours(1))
        return configuration
    }
}

extension ChannelConfiguration {
    /// Waits for its server as long as a slow machine needs.
    static var patient: Self {
        var configuration = Self()
        configuration.giveUp(connect: .hours(1), pingTimeout: .hours(1))
        return configuration
    }
}

extension WireMessage {
    /// The message that a buffer holds.
    init(_ buffer: ByteBuffer) throws(WireError) {
        try self.init(unpacking: Array(buffer.readableBytesView))
    }

    /// The message as the wire has it.
    var framed: FramedMessage { pack { FramedMessage(payloadSize: $0, write: $1) } }
}
