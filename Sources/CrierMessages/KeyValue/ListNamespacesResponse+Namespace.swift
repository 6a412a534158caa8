import CCrierMessages

extension ListNamespacesResponse {
    /// One namespace.
    public struct Namespace: WireMessage {
        /// Its name.
        public var namespace: String
        /// Entries.
        public var keys: UInt64
        /// Of keys and values, before compression.
        public var bytes: UInt64

        /// A message with these fields; the defaults are those of the wire.
        public init(namespace: String = "", keys: UInt64 = 0, bytes: UInt64 = 0) {
            self.namespace = namespace
            self.keys = keys
            self.bytes = bytes
        }
    }
}

extension ListNamespacesResponse.Namespace: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "ListNamespacesResponse.Namespace", nested: crier__v1__list_namespaces_response__namespace__init)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ListNamespacesResponse__Namespace) throws(WireError) {
        namespace = try c.namespace_.string("ListNamespacesResponse.Namespace", "namespace")
        keys = c.keys
        bytes = c.bytes
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ListNamespacesResponse__Namespace> {
        let c = scratch.make(crier__v1__list_namespaces_response__namespace__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.keys = keys
        c.pointee.bytes = bytes
        return c
    }
}
