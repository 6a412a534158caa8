import CrierGRPC
import NIOCore
import NIOPosix
import Testing

/// How soon a channel takes its server for gone.
@Suite("When a channel gives its server up")
struct LivenessTests {
    private func channel(_ port: Int, _ configuration: ChannelConfiguration) -> GRPCChannel {
        GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: port)],
            configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton
        )
    }

    @Test("A server that has taken a call and answers no PING is gone: the call may have run")
    func silent() async throws {
        let peer = try await RawPeer(answer: [])
        var configuration = ChannelConfiguration()
        configuration.giveUp(connect: .hours(1), idleBeforePing: .milliseconds(50), pingTimeout: .milliseconds(50))
        let channel = channel(peer.port, configuration)
        let status = await #expect(throws: GRPCStatus.self) {
            try await channel.unary("a.B/C", FramedMessage("?"))
        }
        #expect(status?.code == .unavailable && status?.mayHaveRun == true)
        #expect(peer.wasAsked)
        await channel.shutdown()
        await peer.close()
    }

    @Test("A server that accepts and never begins to speak is not connected to: the call has not run")
    func mute() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        var configuration = ChannelConfiguration()
        configuration.giveUp(connect: .milliseconds(50), idleBeforePing: .hours(1), pingTimeout: .hours(1))
        let channel = channel(listener.localAddress?.port ?? 0, configuration)
        let status = await #expect(throws: GRPCStatus.self) {
            try await channel.unary("a.B/C", FramedMessage("?"))
        }
        #expect(status?.code == .unavailable && status?.mayHaveRun == false)
        await channel.shutdown()
        try await listener.close()
    }
}
