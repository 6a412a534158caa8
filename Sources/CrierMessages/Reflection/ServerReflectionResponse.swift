import CCrierMessages

/// The answer to a reflection request.
public struct ServerReflectionResponse: WireMessage {
    /// The `host` of the request.
    public var validHost: String
    /// The request that this answers.
    public var originalRequest: ServerReflectionRequest?
    /// The answer.
    public var messageResponse: MessageResponse?

    /// A message with these fields; the defaults are those of the wire.
    public init(
        validHost: String = "",
        originalRequest: ServerReflectionRequest? = nil,
        messageResponse: MessageResponse? = nil
    ) {
        self.validHost = validHost
        self.originalRequest = originalRequest
        self.messageResponse = messageResponse
    }

    /// What can be answered.
    public enum MessageResponse: Sendable, Equatable {
        indirect case fileDescriptorResponse(FileDescriptorResponse)
        case allExtensionNumbersResponse(ExtensionNumberResponse)
        case listServicesResponse(ListServiceResponse)
        case errorResponse(ErrorResponse)
    }
}

extension ServerReflectionResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes,
            "ServerReflectionResponse",
            grpc__reflection__v1__server_reflection_response__unpack
        )
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__ServerReflectionResponse) throws(WireError) {
        validHost = try c.valid_host.string("ServerReflectionResponse", "valid_host")
        originalRequest = try ServerReflectionRequest.read(c.original_request)
        messageResponse = try MessageResponse(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse> {
        let c = scratch.make(grpc__reflection__v1__server_reflection_response__init)
        c.pointee.valid_host = scratch.copy(validHost)
        if let originalRequest { c.pointee.original_request = originalRequest.fill(&scratch) }
        messageResponse?.fill(c, &scratch)
        return c
    }
}

extension ServerReflectionResponse.MessageResponse {
    init?(_ c: Grpc__Reflection__V1__ServerReflectionResponse) throws(WireError) {
        switch c.message_response_case {
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE:
            guard let fileDescriptorResponse = try FileDescriptorResponse.read(c.file_descriptor_response) else {
                return nil
            }
            self = .fileDescriptorResponse(fileDescriptorResponse)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE:
            guard let allExtensionNumbersResponse = try ExtensionNumberResponse.read(c.all_extension_numbers_response)
            else { return nil }
            self = .allExtensionNumbersResponse(allExtensionNumbersResponse)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE:
            guard let listServicesResponse = try ListServiceResponse.read(c.list_services_response) else { return nil }
            self = .listServicesResponse(listServicesResponse)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE:
            guard let errorResponse = try ErrorResponse.read(c.error_response) else { return nil }
            self = .errorResponse(errorResponse)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse>, _ scratch: inout Scratch) {
        switch self {
        case .fileDescriptorResponse(let fileDescriptorResponse):
            c.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
            c.pointee.file_descriptor_response = fileDescriptorResponse.fill(&scratch)
        case .allExtensionNumbersResponse(let allExtensionNumbersResponse):
            c.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE
            c.pointee.all_extension_numbers_response = allExtensionNumbersResponse.fill(&scratch)
        case .listServicesResponse(let listServicesResponse):
            c.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE
            c.pointee.list_services_response = listServicesResponse.fill(&scratch)
        case .errorResponse(let errorResponse):
            c.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE
            c.pointee.error_response = errorResponse.fill(&scratch)
        }
    }
}

/// Files of the contract.
public struct FileDescriptorResponse: WireMessage {
    /// Serialized FileDescriptorProto: the file, then what it imports.
    public var fileDescriptorProto: [[UInt8]]

    /// A message with these fields; the defaults are those of the wire.
    public init(fileDescriptorProto: [[UInt8]] = []) {
        self.fileDescriptorProto = fileDescriptorProto
    }
}

extension FileDescriptorResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "FileDescriptorResponse", grpc__reflection__v1__file_descriptor_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__FileDescriptorResponse) throws(WireError) {
        fileDescriptorProto = UnsafeBufferPointer(start: c.file_descriptor_proto, count: c.n_file_descriptor_proto)
            .map(
                \.bytes
            )
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__FileDescriptorResponse> {
        let c = scratch.make(grpc__reflection__v1__file_descriptor_response__init)
        c.pointee.n_file_descriptor_proto = fileDescriptorProto.count
        c.pointee.file_descriptor_proto = scratch.copy(fileDescriptorProto)
        return c
    }
}

/// The extensions of a message.
public struct ExtensionNumberResponse: WireMessage {
    /// The message, by its full name.
    public var baseTypeName: String
    /// The numbers of its known extensions.
    public var extensionNumber: [Int32]

    /// A message with these fields; the defaults are those of the wire.
    public init(baseTypeName: String = "", extensionNumber: [Int32] = []) {
        self.baseTypeName = baseTypeName
        self.extensionNumber = extensionNumber
    }
}

extension ExtensionNumberResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes,
            "ExtensionNumberResponse",
            grpc__reflection__v1__extension_number_response__unpack
        )
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__ExtensionNumberResponse) throws(WireError) {
        baseTypeName = try c.base_type_name.string("ExtensionNumberResponse", "base_type_name")
        extensionNumber = Array(UnsafeBufferPointer(start: c.extension_number, count: c.n_extension_number))
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__ExtensionNumberResponse> {
        let c = scratch.make(grpc__reflection__v1__extension_number_response__init)
        c.pointee.base_type_name = scratch.copy(baseTypeName)
        c.pointee.n_extension_number = extensionNumber.count
        c.pointee.extension_number = scratch.copy(values: extensionNumber)
        return c
    }
}

/// What the server serves.
public struct ListServiceResponse: WireMessage {
    /// The services that are served.
    public var service: [ServiceResponse]

    /// A message with these fields; the defaults are those of the wire.
    public init(service: [ServiceResponse] = []) {
        self.service = service
    }
}

extension ListServiceResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ListServiceResponse", grpc__reflection__v1__list_service_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__ListServiceResponse) throws(WireError) {
        service = try ServiceResponse.read(c.service, c.n_service)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__ListServiceResponse> {
        let c = scratch.make(grpc__reflection__v1__list_service_response__init)
        c.pointee.n_service = service.count
        c.pointee.service = scratch.copy(service)
        return c
    }
}

/// One service.
public struct ServiceResponse: WireMessage {
    /// The service's full name.
    public var name: String

    /// A message with these fields; the defaults are those of the wire.
    public init(name: String = "") {
        self.name = name
    }
}

extension ServiceResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ServiceResponse", grpc__reflection__v1__service_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__ServiceResponse) throws(WireError) {
        name = try c.name.string("ServiceResponse", "name")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__ServiceResponse> {
        let c = scratch.make(grpc__reflection__v1__service_response__init)
        c.pointee.name = scratch.copy(name)
        return c
    }
}

/// Why a reflection request has no answer.
public struct ErrorResponse: WireMessage {
    /// A gRPC status code.
    public var errorCode: Int32
    /// What was not found.
    public var errorMessage: String

    /// A message with these fields; the defaults are those of the wire.
    public init(errorCode: Int32 = 0, errorMessage: String = "") {
        self.errorCode = errorCode
        self.errorMessage = errorMessage
    }
}

extension ErrorResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ErrorResponse", grpc__reflection__v1__error_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__ErrorResponse) throws(WireError) {
        errorCode = c.error_code
        errorMessage = try c.error_message.string("ErrorResponse", "error_message")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__ErrorResponse> {
        let c = scratch.make(grpc__reflection__v1__error_response__init)
        c.pointee.error_code = errorCode
        c.pointee.error_message = scratch.copy(errorMessage)
        return c
    }
}
