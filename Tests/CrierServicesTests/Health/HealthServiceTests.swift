import CrierGRPC
import CrierMessages
import CrierServices
import Testing

@Suite("grpc.health.v1 over the wire", .timeLimit(.minutes(10)))
struct HealthServiceTests {
    private static let check = "grpc.health.v1.Health/Check"
    private static let watch = "grpc.health.v1.Health/Watch"
    private static let list = "grpc.health.v1.Health/List"

    private func withHealth(_ body: (GRPCChannel, HealthBoard) async throws -> Void) async throws {
        let board = HealthBoard(services: ["crier.v1.PushService"], state: .serving)
        var methods = MethodTable()
        HealthService(board: board).add(to: &methods)
        try await Loopback.with(methods) { channel in try await body(channel, board) }
    }

    private func status(_ stream: ClientStream) async throws -> HealthCheckResponse.ServingStatus? {
        try await stream.next().map { try HealthCheckResponse($0).status }
    }

    @Test("Check answers for the server and for a service")
    func known() async throws {
        try await withHealth { channel, board in
            for service in ["", "crier.v1.PushService"] {
                let answer = try await channel.unary(Self.check, HealthCheckRequest(service: service).framed)
                #expect(try HealthCheckResponse(answer).status == .serving)
            }
            board.drain()
            let answer = try await channel.unary(Self.check, HealthCheckRequest().framed)
            #expect(try HealthCheckResponse(answer).status == .notServing)
        }
    }

    @Test("Check of an unknown service is NOT_FOUND and names it; bytes that are no request are INVALID_ARGUMENT")
    func unknown() async throws {
        try await withHealth { channel, _ in
            let missing = await #expect(throws: GRPCStatus.self) {
                try await channel.unary(Self.check, HealthCheckRequest(service: "nope").framed)
            }
            #expect(missing?.code == .notFound)
            #expect(missing?.message.contains("nope") == true)
            let wrong = await #expect(throws: GRPCStatus.self) {
                try await channel.unary(
                    Self.check, FramedMessage(payloadSize: 1) { $0.storeBytes(of: 0x0A, as: UInt8.self) })
            }
            #expect(wrong?.code == .invalidArgument)
        }
    }

    @Test("Watch tells the state at once and every change")
    func changes() async throws {
        try await withHealth { channel, board in
            let stream = channel.open(Self.watch)
            try await stream.send(HealthCheckRequest(service: "crier.v1.PushService").framed)
            stream.finishSending()
            #expect(try await status(stream) == .serving)
            board.set(.notServing, of: "crier.v1.PushService")
            #expect(try await status(stream) == .notServing)
            board.set(.serving, of: "crier.v1.PushService")
            #expect(try await status(stream) == .serving)
            board.drain()
            #expect(try await status(stream) == .notServing)
            stream.cancel()
        }
    }

    @Test("Watch of a service that comes later says SERVICE_UNKNOWN until then")
    func later() async throws {
        try await withHealth { channel, board in
            let stream = channel.open(Self.watch)
            try await stream.send(HealthCheckRequest(service: "later").framed)
            #expect(try await status(stream) == .serviceUnknown)
            board.set(.serving, of: "later")
            #expect(try await status(stream) == .serving)
            stream.cancel()
        }
    }

    @Test("A call without a request is INVALID_ARGUMENT", arguments: [check, watch, list])
    func nothing(_ method: String) async throws {
        try await withHealth { channel, _ in
            let stream = channel.open(method)
            stream.finishSending()
            let status = await #expect(throws: GRPCStatus.self) { try await stream.next() }
            #expect(status?.code == .invalidArgument)
        }
    }

    @Test("List tells the states of all services and of the server")
    func all() async throws {
        try await withHealth { channel, board in
            board.set(.notServing, of: "other")
            let answer = try await channel.unary(Self.list, HealthListRequest().framed)
            let statuses = try HealthListResponse(answer).statuses
            #expect(
                statuses.mapValues(\.status) == ["": .serving, "crier.v1.PushService": .serving, "other": .notServing])
        }
    }

    @Test("More services than a List may have are RESOURCE_EXHAUSTED")
    func tooMany() async throws {
        try await withHealth { channel, board in
            for number in 0..<100 { board.set(.serving, of: "service-\(number)") }
            let status = await #expect(throws: GRPCStatus.self) {
                try await channel.unary(Self.list, HealthListRequest().framed)
            }
            #expect(status?.code == .resourceExhausted)
        }
    }
}
