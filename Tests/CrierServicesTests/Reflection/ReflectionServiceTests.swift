import CrierGRPC
import CrierMessages
import CrierServices
import Testing

@Suite("Reflection over the wire", .timeLimit(.minutes(10)))
struct ReflectionServiceTests {
    private static let methods = [
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ]

    private func withReflection(_ body: (GRPCChannel) async throws -> Void) async throws {
        var methods = MethodTable()
        HealthService(board: HealthBoard(services: [])).add(to: &methods)
        ReflectionService.add(to: &methods)
        try await Loopback.with(methods, body)
    }

    @Test("Lists what is served, itself in both versions included", arguments: methods)
    func services(_ method: String) async throws {
        try await withReflection { channel in
            let stream = channel.open(method)
            try await stream.send(ServerReflectionRequest(messageRequest: .listServices("")).framed)
            stream.finishSending()
            let answer = try await stream.next().map { try ServerReflectionResponse($0) }
            let names = [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ]
            #expect(
                answer?.messageResponse
                    == .listServicesResponse(ListServiceResponse(service: names.map { ServiceResponse(name: $0) }))
            )
            #expect(try await stream.next() == nil)
        }
    }

    @Test("A thousand questions asked without reading are all answered, in order")
    func slowReader() async throws {
        try await withReflection { channel in
            let stream = channel.open(Self.methods[0])
            try await withThrowingTaskGroup { tasks in
                tasks.addTask {
                    for number in 0..<1000 {
                        let question = ServerReflectionRequest(
                            host: "\(number)",
                            messageRequest: .fileContainingSymbol("PushService")
                        )
                        try await stream.send(question.framed)
                    }
                    stream.finishSending()
                }
                for number in 0..<1000 {
                    let answer = try await stream.next().map { try ServerReflectionResponse($0) }
                    #expect(answer?.validHost == "\(number)")
                }
                #expect(try await stream.next() == nil)
                try await tasks.waitForAll()
            }
        }
    }
}
