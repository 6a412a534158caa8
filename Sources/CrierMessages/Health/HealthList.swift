import CCrierMessages

/// Asks for the states of all services.
public struct HealthListRequest: WireMessage {
    public init() {}
}

extension HealthListRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "HealthListRequest", grpc__health__v1__health_list_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Health__V1__HealthListRequest) throws(WireError) {}

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Health__V1__HealthListRequest> {
        scratch.make(grpc__health__v1__health_list_request__init)
    }
}

/// The states of all services.
public struct HealthListResponse: WireMessage {
    /// By the service's full name; empty: the server as a whole.
    public var statuses: [String: HealthCheckResponse]

    /// A message with these fields; the defaults are those of the wire.
    public init(statuses: [String: HealthCheckResponse] = [:]) {
        self.statuses = statuses
    }

    /// An entry of the map, as it is on the wire.
    struct Entry: WireMessage {
        var key: String
        var value: HealthCheckResponse
    }
}

extension HealthListResponse.Entry: CMessage {
    init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "StatusesEntry", nested: grpc__health__v1__health_list_response__statuses_entry__init)
    }

    func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Health__V1__HealthListResponse__StatusesEntry) throws(WireError) {
        key = try c.key.string("HealthListResponse", "statuses")
        // An entry without a value has the value type's default (proto3, "Maps").
        value = try HealthCheckResponse.read(c.value) ?? HealthCheckResponse()
    }

    func fill(
        _ scratch: inout Scratch
    ) -> UnsafeMutablePointer<Grpc__Health__V1__HealthListResponse__StatusesEntry> {
        let c = scratch.make(grpc__health__v1__health_list_response__statuses_entry__init)
        c.pointee.key = scratch.copy(key)
        c.pointee.value = value.fill(&scratch)
        return c
    }
}

extension HealthListResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "HealthListResponse", grpc__health__v1__health_list_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Grpc__Health__V1__HealthListResponse) throws(WireError) {
        statuses = [:]
        // A key that comes twice has the value that came last (proto3, "Maps").
        for entry in try Entry.read(c.statuses, c.n_statuses) { statuses[entry.key] = entry.value }
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Grpc__Health__V1__HealthListResponse> {
        let c = scratch.make(grpc__health__v1__health_list_response__init)
        c.pointee.n_statuses = statuses.count
        c.pointee.statuses = scratch.copy(
            statuses.sorted { $0.key < $1.key }.map { Entry(key: $0.key, value: $0.value) })
        return c
    }
}
