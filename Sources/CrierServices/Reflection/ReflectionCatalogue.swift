import CrierGRPC
import CrierMessages

/// The answer to each question of reflection (doc/server-reflection.md of gRPC).
struct ReflectionCatalogue: Sendable {
    let index: FileDescriptorIndex
    /// Full names of the services that are served, sorted.
    let services: [String]

    func answer(_ request: ServerReflectionRequest) -> ServerReflectionResponse {
        ServerReflectionResponse(
            validHost: request.host,
            originalRequest: request,
            messageResponse: response(request.messageRequest)
        )
    }

    private func response(
        _ question: ServerReflectionRequest.MessageRequest?
    ) -> ServerReflectionResponse.MessageResponse {
        switch question {
        case .listServices:
            .listServicesResponse(ListServiceResponse(service: services.map { ServiceResponse(name: $0) }))
        case .fileByFilename(let name):
            files(index.files(named: name), "file '\(name)'")
        case .fileContainingSymbol(let symbol):
            files(index.files(declaring: symbol), "symbol '\(symbol)'")
        case .fileContainingExtension(let wanted):
            error(.notFound, "extension \(wanted.extensionNumber) of '\(wanted.containingType)' is not known")
        case .allExtensionNumbersOfType(let type):
            index.hasMessage(type)
                ? .allExtensionNumbersResponse(ExtensionNumberResponse(baseTypeName: type))
                : error(.notFound, "message '\(type)' is not known")
        case nil:
            error(.invalidArgument, "message_request is not set")
        }
    }

    private func files(_ files: [[UInt8]]?, _ what: String) -> ServerReflectionResponse.MessageResponse {
        guard let files else { return error(.notFound, "\(what) is not known") }
        return .fileDescriptorResponse(FileDescriptorResponse(fileDescriptorProto: files))
    }

    private func error(_ code: GRPCStatus.Code, _ message: String) -> ServerReflectionResponse.MessageResponse {
        .errorResponse(ErrorResponse(errorCode: Int32(code.rawValue), errorMessage: message))
    }
}
