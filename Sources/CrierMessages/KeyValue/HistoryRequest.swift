import CCrierMessages

/// Asks for the last changes of one key.
public struct HistoryRequest: WireMessage {
    /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
    public var namespace: String
    /// 1 to 512 bytes without control characters.
    public var key: String
    /// Changes at most; 0: 100; at most 1,000.
    public var limit: Int32

    /// A message with these fields; the defaults are those of the wire.
    public init(namespace: String = "", key: String = "", limit: Int32 = 0) {
        self.namespace = namespace
        self.key = key
        self.limit = limit
    }
}

extension HistoryRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "HistoryRequest", crier__v1__history_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__HistoryRequest) throws(WireError) {
        namespace = try c.namespace_.string("HistoryRequest", "namespace")
        key = try c.key.string("HistoryRequest", "key")
        limit = c.limit
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__HistoryRequest> {
        let c = scratch.make(crier__v1__history_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        c.pointee.limit = limit
        return c
    }
}

/// The last changes of one key.
public struct HistoryResponse: WireMessage {
    /// Newest first.
    public var changes: [Change]
    /// Where the store stood.
    public var position: Position?

    /// A message with these fields; the defaults are those of the wire.
    public init(changes: [Change] = [], position: Position? = nil) {
        self.changes = changes
        self.position = position
    }
}

extension HistoryResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "HistoryResponse", crier__v1__history_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__HistoryResponse) throws(WireError) {
        changes = try Change.read(c.changes, c.n_changes)
        position = try Position.read(c.position)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__HistoryResponse> {
        let c = scratch.make(crier__v1__history_response__init)
        c.pointee.n_changes = changes.count
        c.pointee.changes = scratch.copy(changes)
        if let position { c.pointee.position = position.fill(&scratch) }
        return c
    }
}
