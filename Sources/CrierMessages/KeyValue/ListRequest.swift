import CCrierMessages

/// Asks for a page of entries in the order of their bytes.
public struct ListRequest: WireMessage {
    /// Empty: all, for a caller who may read them all.
    public var namespace: String
    /// Only keys that begin with it; needs a namespace.
    public var prefix: String
    /// Entries at most; 0: 1,000; at most 10,000.
    public var limit: Int32
    /// `next_cursor` of the page before; empty: the first page.
    public var cursor: String
    /// Without the values.
    public var keysOnly: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(
        namespace: String = "",
        prefix: String = "",
        limit: Int32 = 0,
        cursor: String = "",
        keysOnly: Bool = false
    ) {
        self.namespace = namespace
        self.prefix = prefix
        self.limit = limit
        self.cursor = cursor
        self.keysOnly = keysOnly
    }
}

extension ListRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ListRequest", crier__v1__list_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ListRequest) throws(WireError) {
        namespace = try c.namespace_.string("ListRequest", "namespace")
        prefix = try c.prefix.string("ListRequest", "prefix")
        limit = c.limit
        cursor = try c.cursor.string("ListRequest", "cursor")
        keysOnly = c.keys_only != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ListRequest> {
        let c = scratch.make(crier__v1__list_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.prefix = scratch.copy(prefix)
        c.pointee.limit = limit
        c.pointee.cursor = scratch.copy(cursor)
        c.pointee.keys_only = keysOnly ? 1 : 0
        return c
    }
}

/// A page of entries.
public struct ListResponse: WireMessage {
    /// In order.
    public var entries: [Entry]
    /// Asks for the next page; empty: that was all.
    public var nextCursor: String
    /// Of the first page: watch from here and nothing is missed.
    public var position: Position?

    /// A message with these fields; the defaults are those of the wire.
    public init(entries: [Entry] = [], nextCursor: String = "", position: Position? = nil) {
        self.entries = entries
        self.nextCursor = nextCursor
        self.position = position
    }
}

extension ListResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ListResponse", crier__v1__list_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ListResponse) throws(WireError) {
        entries = try Entry.read(c.entries, c.n_entries)
        nextCursor = try c.next_cursor.string("ListResponse", "next_cursor")
        position = try Position.read(c.position)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ListResponse> {
        let c = scratch.make(crier__v1__list_response__init)
        c.pointee.n_entries = entries.count
        c.pointee.entries = scratch.copy(entries)
        c.pointee.next_cursor = scratch.copy(nextCursor)
        if let position { c.pointee.position = position.fill(&scratch) }
        return c
    }
}
