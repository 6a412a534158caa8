import CCrierMessages

/// Pushes on their way to another node. `ForwardedPushView` reads and writes them without copies.
public struct PeerRequest: WireMessage {
    /// In the order in which they were made.
    public var pushes: [ForwardedPush]

    /// A message with these fields; the defaults are those of the wire.
    public init(
        pushes: [ForwardedPush] = []
    ) {
        self.pushes = pushes
    }
}

extension PeerRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PeerRequest", crier__v1__peer_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__PeerRequest) throws(WireError) {
        pushes = try ForwardedPush.read(c.pushes, c.n_pushes)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PeerRequest> {
        let c = scratch.make(crier__v1__peer_request__init)
        c.pointee.n_pushes = pushes.count
        c.pointee.pushes = scratch.copy(pushes)
        return c
    }
}
