import CCrierMessages

/// What a transaction did.
public struct TransactResponse: WireMessage {
    /// True: `then` was done; false: `otherwise`.
    public var succeeded: Bool
    /// The revision of the changes, or where the store stood when there were none.
    public var position: Position?
    /// One a change, in the order of the writes; of a deleted entry: namespace, key and the revision of the
    /// deletion, and no value.
    public var entries: [Entry]
    /// Where the request asked for them: one a change, with what was before.
    public var changes: [Change]
    /// Where the request asked for it: why `otherwise` was done.
    public var refusal: Refusal?

    /// A message with these fields; the defaults are those of the wire.
    public init(
        succeeded: Bool = false,
        position: Position? = nil,
        entries: [Entry] = [],
        changes: [Change] = [],
        refusal: Refusal? = nil
    ) {
        self.succeeded = succeeded
        self.position = position
        self.entries = entries
        self.changes = changes
        self.refusal = refusal
    }
}

extension TransactResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TransactResponse", crier__v1__transact_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__TransactResponse) throws(WireError) {
        succeeded = c.succeeded != 0
        position = try Position.read(c.position)
        entries = try Entry.read(c.entries, c.n_entries)
        changes = try Change.read(c.changes, c.n_changes)
        refusal = try Refusal.read(c.refusal)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__TransactResponse> {
        let c = scratch.make(crier__v1__transact_response__init)
        c.pointee.succeeded = succeeded ? 1 : 0
        if let position { c.pointee.position = position.fill(&scratch) }
        c.pointee.n_entries = entries.count
        c.pointee.entries = scratch.copy(entries)
        c.pointee.n_changes = changes.count
        c.pointee.changes = scratch.copy(changes)
        if let refusal { c.pointee.refusal = refusal.fill(&scratch) }
        return c
    }
}
