import CCrierMessages

/// Asks which namespaces there are.
public struct ListNamespacesRequest: WireMessage {
    /// The message, which says all by being sent.
    public init() {}
}

extension ListNamespacesRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ListNamespacesRequest", crier__v1__list_namespaces_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ListNamespacesRequest) throws(WireError) {}

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ListNamespacesRequest> {
        scratch.make(crier__v1__list_namespaces_request__init)
    }
}

/// The namespaces that hold anything and that the caller may read.
public struct ListNamespacesResponse: WireMessage {
    /// In order.
    public var namespaces: [Namespace]
    /// Where the store stood.
    public var position: Position?

    /// A message with these fields; the defaults are those of the wire.
    public init(namespaces: [Namespace] = [], position: Position? = nil) {
        self.namespaces = namespaces
        self.position = position
    }
}

extension ListNamespacesResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ListNamespacesResponse", crier__v1__list_namespaces_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ListNamespacesResponse) throws(WireError) {
        namespaces = try Namespace.read(c.namespaces, c.n_namespaces)
        position = try Position.read(c.position)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ListNamespacesResponse> {
        let c = scratch.make(crier__v1__list_namespaces_response__init)
        c.pointee.n_namespaces = namespaces.count
        c.pointee.namespaces = scratch.copy(namespaces)
        if let position { c.pointee.position = position.fill(&scratch) }
        return c
    }
}
