import CCrierMessages

/// Guards, and what to do when all of them hold, or else. All or nothing, one revision.
public struct TransactRequest: WireMessage {
    /// All must hold for `then`.
    public var guards: [Guard]
    /// Done when every guard holds.
    public var then: [Write]
    /// Done when one does not.
    public var otherwise: [Write]
    /// The answer has `changes` and `refusal` instead of `entries`.
    public var changes: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(guards: [Guard] = [], then: [Write] = [], otherwise: [Write] = [], changes: Bool = false) {
        self.guards = guards
        self.then = then
        self.otherwise = otherwise
        self.changes = changes
    }
}

extension TransactRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TransactRequest", crier__v1__transact_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__TransactRequest) throws(WireError) {
        guards = try Guard.read(c.guards, c.n_guards)
        then = try Write.read(c.then, c.n_then)
        otherwise = try Write.read(c.otherwise, c.n_otherwise)
        changes = c.changes != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__TransactRequest> {
        let c = scratch.make(crier__v1__transact_request__init)
        c.pointee.n_guards = guards.count
        c.pointee.guards = scratch.copy(guards)
        c.pointee.n_then = then.count
        c.pointee.then = scratch.copy(then)
        c.pointee.n_otherwise = otherwise.count
        c.pointee.otherwise = scratch.copy(otherwise)
        c.pointee.changes = changes ? 1 : 0
        return c
    }
}
