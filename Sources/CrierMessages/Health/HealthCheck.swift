import CCrierMessages

/// Asks for the state of a service.
public struct HealthCheckRequest: WireMessage {
    /// The service's full name; empty: the server as a whole.
    public var service: String

    /// A message with these fields; the defaults are those of the wire.
    public init(service: String = "") {
        self.service = service
    }
}

extension HealthCheckRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "HealthCheckRequest", grpc__health__v1__health_check_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Health__V1__HealthCheckRequest) throws(WireError) {
        service = try c.service.string("HealthCheckRequest", "service")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Health__V1__HealthCheckRequest> {
        let c = scratch.make(grpc__health__v1__health_check_request__init)
        c.pointee.service = scratch.copy(service)
        return c
    }
}

/// The state of a service.
public struct HealthCheckResponse: WireMessage {
    /// The state.
    public var status: ServingStatus

    /// A message with these fields; the defaults are those of the wire.
    public init(status: ServingStatus = .unknown) {
        self.status = status
    }

    /// The state of a service.
    public enum ServingStatus: RawRepresentable, Hashable, Sendable {
        case unknown
        case serving
        case notServing
        /// Used by Watch only.
        case serviceUnknown
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .unknown
                case 1: .serving
                case 2: .notServing
                case 3: .serviceUnknown
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .unknown: 0
            case .serving: 1
            case .notServing: 2
            case .serviceUnknown: 3
            case .unrecognized(let value): value
            }
        }
    }
}

extension HealthCheckResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "HealthCheckResponse", grpc__health__v1__health_check_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Health__V1__HealthCheckResponse) throws(WireError) {
        status = ServingStatus(c.status)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Health__V1__HealthCheckResponse> {
        let c = scratch.make(grpc__health__v1__health_check_response__init)
        c.pointee.status = status.c
        return c
    }
}

extension HealthCheckResponse.ServingStatus {
    init(_ c: Grpc__Health__V1__HealthCheckResponse__ServingStatus) {
        self.init(rawValue: Int32(bitPattern: c.rawValue))
    }
    var c: Grpc__Health__V1__HealthCheckResponse__ServingStatus {
        Grpc__Health__V1__HealthCheckResponse__ServingStatus(rawValue: UInt32(bitPattern: rawValue))
    }
}
