import CrierClient
import CrierGRPC
import NIOCore
import NIOPosix
import Testing

@testable import crier

@Suite("crier why")
struct WhyCommandTests {
    @Test("A gateway of an older version does not know the question: nothing is told, and nothing fails")
    func olderGateway() async throws {
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: MethodTable(), group: MultiThreadedEventLoopGroup.singleton
        )
        let target = HostPort(host: "127.0.0.1", port: server.localPort)
        let link = try GatewayLink(GatewayConfiguration(targets: [target]))
        let pushes = try await WhyCommand.refusedPushes(for: "till-7", Pusher(link))
        #expect(pushes.isEmpty)
        await link.close()
        await server.shutdown(grace: .zero)
    }
}
