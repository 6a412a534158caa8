import CCrierMessages

/// Asks for a node to be taken out of work, or back into it.
public struct DrainRequest: WireMessage {
    /// Empty: the node that is asked.
    public var nodeID: String
    /// The time over which its clients are sent to other nodes, in milliseconds; 0: the node's own drain time.
    public var overMs: Int64
    /// Take clients again; those that were sent away are gone.
    public var cancel: Bool

    /// A message with these fields; the defaults are those of the wire.
    public init(nodeID: String = "", overMs: Int64 = 0, cancel: Bool = false) {
        self.nodeID = nodeID
        self.overMs = overMs
        self.cancel = cancel
    }
}

extension DrainRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "DrainRequest", crier__v1__drain_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__DrainRequest) throws(WireError) {
        nodeID = try c.node_id.string("DrainRequest", "node_id")
        overMs = c.over_ms
        cancel = c.cancel != 0
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__DrainRequest> {
        let c = scratch.make(crier__v1__drain_request__init)
        c.pointee.node_id = scratch.copy(nodeID)
        c.pointee.over_ms = overMs
        c.pointee.cancel = cancel ? 1 : 0
        return c
    }
}
