public import CrierGRPC

/// The secret on its way, and at the door.
extension PeerSecret {
    /// What a call to another node carries.
    public var metadata: Metadata {
        var metadata = Metadata()
        metadata.add(Self.field, binary: bytes)
        return metadata
    }

    /// These methods, for callers who know the secret.
    public func guarding(_ methods: MethodTable) -> MethodTable { methods.guarded { refusal(of: $0) } }

    /// Why a call with this metadata is not let in; nil when it is.
    func refusal(of metadata: Metadata) -> GRPCStatus? {
        guard let given = metadata.firstBinary(Self.field) else {
            return GRPCStatus(.unauthenticated, "\(Self.field) is missing: this node asks for a peer secret")
        }
        guard matches(given) else {
            return GRPCStatus(.unauthenticated, "\(Self.field) is not the secret of this cluster")
        }
        return nil
    }
}
