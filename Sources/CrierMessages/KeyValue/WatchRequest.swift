import CCrierMessages

/// Asks for every change from some point on.
public struct WatchRequest: WireMessage {
    /// Empty: all, for a caller who may read them all.
    public var namespace: String
    /// Only keys that begin with it; needs a namespace.
    public var prefix: String
    /// Go on after it; absent: from now on.
    public var after: Position?
    /// Carry the old value too.
    public var previous: Bool
    /// Begin with what is there now, then `snapshot_end`, then changes; not with `after`.
    public var snapshot: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(
        namespace: String = "",
        prefix: String = "",
        after: Position? = nil,
        previous: Bool = false,
        snapshot: Bool = false
    ) {
        self.namespace = namespace
        self.prefix = prefix
        self.after = after
        self.previous = previous
        self.snapshot = snapshot
    }
}

extension WatchRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "WatchRequest", crier__v1__watch_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__WatchRequest) throws(WireError) {
        namespace = try c.namespace_.string("WatchRequest", "namespace")
        prefix = try c.prefix.string("WatchRequest", "prefix")
        after = try Position.read(c.after)
        previous = c.previous != 0
        snapshot = c.snapshot != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__WatchRequest> {
        let c = scratch.make(crier__v1__watch_request__init)
        c.pointee.namespace_ = scratch.copy(namespace)
        c.pointee.prefix = scratch.copy(prefix)
        if let after { c.pointee.after = after.fill(&scratch) }
        c.pointee.previous = previous ? 1 : 0
        c.pointee.snapshot = snapshot ? 1 : 0
        return c
    }
}
