import CCrierMessages

/// A question about what the server serves. Of `v1` and `v1alpha`: they are the same on the wire.
public struct ServerReflectionRequest: WireMessage {
    /// Copied to the answer's `valid_host`.
    public var host: String
    /// The question.
    public var messageRequest: MessageRequest?

    /// A message with these fields; the defaults are those of the wire.
    public init(host: String = "", messageRequest: MessageRequest? = nil) {
        self.host = host
        self.messageRequest = messageRequest
    }

    /// What can be asked.
    public enum MessageRequest: Sendable, Equatable {
        case fileByFilename(String)
        /// Package.Service, package.Service.Method, package.Message, ….
        case fileContainingSymbol(String)
        case fileContainingExtension(ExtensionRequest)
        case allExtensionNumbersOfType(String)
        /// The content is not read.
        case listServices(String)
    }
}

extension ServerReflectionRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes,
            "ServerReflectionRequest",
            grpc__reflection__v1__server_reflection_request__unpack
        )
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__ServerReflectionRequest) throws(WireError) {
        host = try c.host.string("ServerReflectionRequest", "host")
        messageRequest = try MessageRequest(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest> {
        let c = scratch.make(grpc__reflection__v1__server_reflection_request__init)
        c.pointee.host = scratch.copy(host)
        messageRequest?.fill(c, &scratch)
        return c
    }
}

extension ServerReflectionRequest.MessageRequest {
    init?(_ c: Grpc__Reflection__V1__ServerReflectionRequest) throws(WireError) {
        switch c.message_request_case {
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
            self = .fileByFilename(try c.file_by_filename.string("ServerReflectionRequest", "file_by_filename"))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
            self = .fileContainingSymbol(
                try c.file_containing_symbol.string("ServerReflectionRequest", "file_containing_symbol")
            )
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
            guard let fileContainingExtension = try ExtensionRequest.read(c.file_containing_extension) else {
                return nil
            }
            self = .fileContainingExtension(fileContainingExtension)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
            self = .allExtensionNumbersOfType(
                try c.all_extension_numbers_of_type.string("ServerReflectionRequest", "all_extension_numbers_of_type")
            )
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
            self = .listServices(try c.list_services.string("ServerReflectionRequest", "list_services"))
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest>, _ scratch: inout Scratch) {
        switch self {
        case .fileByFilename(let fileByFilename):
            c.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME
            c.pointee.file_by_filename = scratch.copy(fileByFilename)
        case .fileContainingSymbol(let fileContainingSymbol):
            c.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL
            c.pointee.file_containing_symbol = scratch.copy(fileContainingSymbol)
        case .fileContainingExtension(let fileContainingExtension):
            c.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION
            c.pointee.file_containing_extension = fileContainingExtension.fill(&scratch)
        case .allExtensionNumbersOfType(let allExtensionNumbersOfType):
            c.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE
            c.pointee.all_extension_numbers_of_type = scratch.copy(allExtensionNumbersOfType)
        case .listServices(let listServices):
            c.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES
            c.pointee.list_services = scratch.copy(listServices)
        }
    }
}

/// Names an extension of a message.
public struct ExtensionRequest: WireMessage {
    /// The extended message, by its full name.
    public var containingType: String
    /// The extension's field number.
    public var extensionNumber: Int32

    /// A message with these fields; the defaults are those of the wire.
    public init(containingType: String = "", extensionNumber: Int32 = 0) {
        self.containingType = containingType
        self.extensionNumber = extensionNumber
    }
}

extension ExtensionRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ExtensionRequest", grpc__reflection__v1__extension_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Reflection__V1__ExtensionRequest) throws(WireError) {
        containingType = try c.containing_type.string("ExtensionRequest", "containing_type")
        extensionNumber = c.extension_number
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Reflection__V1__ExtensionRequest> {
        let c = scratch.make(grpc__reflection__v1__extension_request__init)
        c.pointee.containing_type = scratch.copy(containingType)
        c.pointee.extension_number = extensionNumber
        return c
    }
}
