import CrierMessages
import Testing

@testable import CrierServices

@Suite("Reflection")
struct ReflectionCatalogueTests {
    private let catalogue = ReflectionCatalogue(index: .contract, services: ["PushService", "crier.v1.PushService"])

    private func answer(
        _ question: ServerReflectionRequest.MessageRequest?
    ) -> ServerReflectionResponse.MessageResponse? {
        catalogue.answer(ServerReflectionRequest(host: "h", messageRequest: question)).messageResponse
    }

    private func errorCode(_ question: ServerReflectionRequest.MessageRequest?) -> Int32? {
        guard case .errorResponse(let error) = answer(question) else { return nil }
        return error.errorCode
    }

    /// The paths of the files in an answer; each begins with its own, as field 1.
    private func fileNames(_ question: ServerReflectionRequest.MessageRequest) -> [String] {
        guard case .fileDescriptorResponse(let response) = answer(question) else { return [] }
        return response.fileDescriptorProto.map { String(decoding: $0.dropFirst(2).prefix(Int($0[1])), as: UTF8.self) }
    }

    @Test("Services are listed, whatever the question's content")
    func services() {
        let names = catalogue.services.map { ServiceResponse(name: $0) }
        #expect(answer(.listServices("*")) == .listServicesResponse(ListServiceResponse(service: names)))
    }

    @Test("The answer carries the question and its host")
    func echo() {
        let request = ServerReflectionRequest(host: "h", messageRequest: .listServices(""))
        let response = catalogue.answer(request)
        #expect(response.validHost == "h")
        #expect(response.originalRequest == request)
    }

    @Test(
        "Every kind of symbol leads to its file",
        arguments: [
            "crier.v1.PushService", "crier.v1.PushService.PushToClient", "crier.v1.PushRequest",
            "crier.v1.PushRequest.client_id", "crier.v1.PushRequest.content", "crier.v1.PushRequest.WaitFor",
            "crier.v1.PushRequest.RECEIVED", "crier.v1.Ack.Stage", "crier.v1.PushService.GetRefusedPushes",
            "crier.v1.RefusedPush",
        ]
    )
    func symbols(_ symbol: String) {
        #expect(fileNames(.fileContainingSymbol(symbol)) == ["crier/v1/push.proto"])
    }

    @Test("A file comes with all that it imports, itself first")
    func imports() {
        let names = fileNames(.fileContainingSymbol("PushService"))
        #expect(names.first == "bare/services.proto")
        let contract = ["push", "files", "kv"].map { "crier/v1/\($0).proto" }
        #expect(Set(names) == Set(contract + ["bare/services.proto"]))
        #expect(fileNames(.fileByFilename("crier/v1/kv.proto")) == ["crier/v1/kv.proto"])
        #expect(fileNames(.fileContainingSymbol("grpc.reflection.v1alpha.ErrorResponse")).count == 1)
    }

    @Test("What is not known is NOT_FOUND, a question without content INVALID_ARGUMENT")
    func errors() {
        #expect(errorCode(.fileByFilename("nope.proto")) == 5)
        #expect(errorCode(.fileContainingSymbol("crier.v1.Nope")) == 5)
        #expect(errorCode(.fileContainingSymbol("")) == 5)
        #expect(errorCode(.allExtensionNumbersOfType("crier.v1.Nope")) == 5)
        #expect(
            errorCode(.fileContainingExtension(ExtensionRequest(containingType: "crier.v1.Ack", extensionNumber: 1)))
                == 5
        )
        #expect(errorCode(nil) == 3)
    }

    @Test("A message of the contract has no extensions")
    func extensions() {
        #expect(
            answer(.allExtensionNumbersOfType("crier.v1.PushRequest"))
                == .allExtensionNumbersResponse(ExtensionNumberResponse(baseTypeName: "crier.v1.PushRequest"))
        )
    }

    @Test("Descriptors that are damaged are refused")
    func damaged() {
        #expect(throws: WireError.self) {
            try [UInt8]([0x0A, 0x05, 0x0A]).withUnsafeBytes { try FileDescriptorIndex(serializedSet: $0) }
        }
    }
}
