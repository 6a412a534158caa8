import CCrierMessages

/// The last push that reached a session.
public struct LastPush: WireMessage, Equatable {
    /// When: milliseconds since 1970, some seconds early at most.
    public var at: Int64
    /// What became of it.
    public var outcome: PushResponse.Outcome
    /// The node that it came to, if another than the session's.
    public var fromNode: String

    /// A message with these fields; the defaults are those of the wire.
    public init(at: Int64 = 0, outcome: PushResponse.Outcome = .unspecified, fromNode: String = "") {
        self.at = at
        self.outcome = outcome
        self.fromNode = fromNode
    }
}

extension LastPush: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "LastPush", crier__v1__last_push__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__LastPush) throws(WireError) {
        at = c.at
        outcome = PushResponse.Outcome(c.outcome)
        fromNode = try c.from_node.string("LastPush", "from_node")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__LastPush> {
        let c = scratch.make(crier__v1__last_push__init)
        c.pointee.at = at
        c.pointee.outcome = outcome.c
        c.pointee.from_node = scratch.copy(fromNode)
        return c
    }
}
