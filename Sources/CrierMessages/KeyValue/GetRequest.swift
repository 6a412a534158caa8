import CCrierMessages

/// Asks for one entry.
public struct GetRequest: WireMessage {
    /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
    public var namespace: String
    /// 1 to 512 bytes without control characters.
    public var key: String
    /// May be answered from this node's copy.
    public var stale: Bool
    /// The entry as it was when the store stood there; 0: as it is now.
    public var atRevision: UInt64

    /// A message with these fields; the defaults are those of the wire.
    public init(namespace: String = "", key: String = "", stale: Bool = false, atRevision: UInt64 = 0) {
        self.namespace = namespace
        self.key = key
        self.stale = stale
        self.atRevision = atRevision
    }
}

extension GetRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        if let plain = Self(plain: bytes) {
            self = plain
            return
        }
        self = try Self.unpack(bytes, "GetRequest", crier__v1__get_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__GetRequest) throws(WireError) {
        namespace = try c.namespace_.string("GetRequest", "namespace")
        key = try c.key.string("GetRequest", "key")
        stale = c.stale != 0
        atRevision = c.at_revision
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__GetRequest> {
        let c = scratch.make(crier__v1__get_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.key = scratch.copy(key)
        c.pointee.stale = stale ? 1 : 0
        c.pointee.at_revision = atRevision
        return c
    }
}

/// An entry, and where the store stood when it was read.
public struct GetResponse: WireMessage {
    /// Absent: no such key.
    public var entry: Entry?
    /// Where the store stood.
    public var position: Position?

    /// A message with these fields; the defaults are those of the wire.
    public init(entry: Entry? = nil, position: Position? = nil) {
        self.entry = entry
        self.position = position
    }
}

extension GetResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "GetResponse", crier__v1__get_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withHandPacked(body)
    }

    init(_ c: Crier__V1__GetResponse) throws(WireError) {
        entry = try Entry.read(c.entry)
        position = try Position.read(c.position)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__GetResponse> {
        let c = scratch.make(crier__v1__get_response__init)
        if let entry { c.pointee.entry = entry.fill(&scratch) }
        if let position { c.pointee.position = position.fill(&scratch) }
        return c
    }
}

extension GetResponse: HandPacked {
    var fieldsSize: Int { FieldWriter.size(entry) + FieldWriter.size(position) }

    func write(to writer: inout FieldWriter) {
        writer.put(1, entry)
        writer.put(2, position)
    }
}
