import CCrierMessages

/// The gateway asks the agent to connect elsewhere, later, or never again.
public struct Redirect: WireMessage {
    /// Wait this long, then connect.
    public var afterMs: Int64
    /// Host:port, best first; empty: wherever you like.
    public var targets: [String]
    /// "drain", "rebalance", "superseded", "quarantined".
    public var reason: String
    /// True: do not come back (another session of this instance took over)
    public var final: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(afterMs: Int64 = 0, targets: [String] = [], reason: String = "", final: Bool = false) {
        self.afterMs = afterMs
        self.targets = targets
        self.reason = reason
        self.final = final
    }
}

extension Redirect: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Redirect", crier__v1__redirect__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Redirect) throws(WireError) {
        afterMs = c.after_ms
        targets = try ProtobufCBinaryData.strings(c.targets, c.n_targets, "Redirect", "targets")
        reason = try c.reason.string("Redirect", "reason")
        final = c.final != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Redirect> {
        let c = scratch.make(crier__v1__redirect__init)
        c.pointee.after_ms = afterMs
        c.pointee.n_targets = targets.count
        c.pointee.targets = scratch.copy(targets)
        c.pointee.reason = scratch.copy(reason)
        c.pointee.final = final ? 1 : 0
        return c
    }
}
