import CrierGRPC
import NIOCore
import NIOPosix
import Testing

/// What answers that are not gRPC's mean to a call (http-grpc-status-mapping.md).
@Suite struct HTTPResponseTests {
    private static func status(of fields: [(String, String)]) async throws -> GRPCStatus? {
        let peer = try await RawPeer(answer: RawFrame.headers(1, fields))
        let target = HostPort(host: "127.0.0.1", port: peer.port)
        let channel = GRPCChannel(
            targets: [target], configuration: .patient, group: MultiThreadedEventLoopGroup.singleton)
        let status = await #expect(throws: GRPCStatus.self) { try await channel.unary("a/B", FramedMessage("x")) }
        await channel.shutdown()
        await peer.close()
        return status
    }

    @Test(
        "An HTTP status without a gRPC one is mapped as gRPC says",
        arguments: [
            ("400", GRPCStatus.Code.internalError), ("401", .unauthenticated), ("403", .permissionDenied),
            ("404", .unimplemented), ("429", .unavailable), ("431", .internalError), ("502", .unavailable),
            ("503", .unavailable), ("504", .unavailable), ("500", .unknown), ("302", .unknown),
        ]
    )
    func mapped(httpStatus: String, code: GRPCStatus.Code) async throws {
        let status = try await Self.status(of: [(":status", httpStatus), ("content-type", "text/html")])
        #expect(status?.code == code)
        #expect(status?.message.contains(httpStatus) == true)
    }

    @Test(
        "An answer of another content-type is UNKNOWN and names it",
        arguments: ["text/html", "application/grpc-web+proto", "application/grpcish"])
    func otherContent(type: String) async throws {
        let status = try await Self.status(of: [(":status", "200"), ("content-type", type)])
        #expect(status?.code == .unknown)
        #expect(status?.message == "content-type \(type) instead of application/grpc")
    }

    @Test("gRPC's own status counts, whatever HTTP's is", arguments: ["200", "503"])
    func grpcStatusWins(httpStatus: String) async throws {
        let status = try await Self.status(of: [
            (":status", httpStatus), ("content-type", "text/plain"), ("grpc-status", "5"),
            ("grpc-message", "no%20such"),
        ])
        #expect(status == GRPCStatus(.notFound, "no such"))
    }

    @Test("A connection that cannot be made says why, whatever the channel of it says", .timeLimit(.minutes(10)))
    func refused() async throws {
        let channel = GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: 1)], configuration: .patient,
            group: MultiThreadedEventLoopGroup.singleton)
        let status = await #expect(throws: GRPCStatus.self) { try await channel.unary("a/B", FramedMessage("x")) }
        #expect(status?.message.contains("Connection refused") == true, "\(status?.message ?? "")")
        await channel.shutdown()
    }
}
