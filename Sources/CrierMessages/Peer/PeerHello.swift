import CCrierMessages

/// The callee's first word.
public struct PeerHello: WireMessage {
    /// Who answers.
    public var nodeID: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        nodeID: String = ""
    ) {
        self.nodeID = nodeID
    }
}

extension PeerHello: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PeerHello", crier__v1__peer_hello__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__PeerHello) throws(WireError) {
        nodeID = try c.node_id.string("PeerHello", "node_id")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PeerHello> {
        let c = scratch.make(crier__v1__peer_hello__init)
        c.pointee.node_id = scratch.copy(nodeID)
        return c
    }
}
