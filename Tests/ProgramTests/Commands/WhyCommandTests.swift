import CrierClient
import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix
import Testing

@testable import crier

@Suite("crier why", .timeLimit(.minutes(10)))
struct WhyCommandTests {
    /// A gateway that knows these methods and no others.
    private func withGateway(_ methods: MethodTable, _ body: (Pusher) async throws -> Void) async throws {
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: methods, group: MultiThreadedEventLoopGroup.singleton
        )
        let target = HostPort(host: "127.0.0.1", port: server.localPort)
        let link = try GatewayLink(GatewayConfiguration(targets: [target]))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await server.run() }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(Pusher(link)))
            } catch {
                result = .failure(error)
            }
            await link.close()
            await server.shutdown(grace: .zero)
            tasks.cancelAll()
            try result.get()
        }
    }

    @Test("A gateway of an older version does not know the question: nothing is told, and nothing fails")
    func olderGateway() async throws {
        try await withGateway(MethodTable()) { pusher in
            let pushes = try await WhyCommand.refusedPushes(for: "till-7", pusher)
            #expect(pushes.isEmpty)
        }
    }

    @Test("A node that does not answer keeps nobody from hearing what the others remember")
    func missingNode() async throws {
        var methods = MethodTable()
        methods.addAsync("GetRefusedPushes", service: "crier.v1.PushService") { call in
            let bytes = try await call.request()
            let request = try RefusedPushesRequest(unpacking: Array(bytes.readableBytesView))
            guard request.allNodes else { return }
            let push = RefusedPush(nodeID: "n1", at: 1, outcome: .notConnected, detail: request.clientID)
            try await call.send(push.pack { FramedMessage(payloadSize: $0, write: $1) })
            throw GRPCStatus(.unavailable, "node n2 does not answer")
        }
        try await withGateway(methods) { pusher in
            let pushes = try await WhyCommand.refusedPushes(for: "till-7", pusher)
            #expect(pushes.map(\.nodeID) == ["n1"] && pushes.map(\.detail) == ["till-7"])
        }
    }
}
