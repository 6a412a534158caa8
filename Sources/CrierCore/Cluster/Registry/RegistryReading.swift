/// What the registry's records in the store say, for those who look at them from outside.
public enum RegistryReading {
    /// Who holds a client, as its record says. Counts only while the node's record has the same incarnation.
    public struct Holder: Sendable, Equatable {
        public let node: NodeID
        public let incarnation: Incarnation
        public let session: SessionID
        public let generation: Generation
        public let instance: InstanceID
        /// Milliseconds since 1970.
        public let connectedAt: Int64
    }

    /// Where the records are.
    public static let namespace = RegistryKeys.namespace.name
    public static let nodePrefix = RegistryKeys.nodes
    public static let clientPrefix = RegistryKeys.clients

    /// The node of a key and its text; nil: none, or one that cannot be read.
    public static func node(key: String, text: String) -> ClusterNode? {
        guard key.utf8.starts(with: nodePrefix.utf8),
            let id = try? NodeID(validating: String(key.dropFirst(nodePrefix.count)))
        else { return nil }
        return ClusterNode(id, .string(text))
    }

    /// The holder that a client's record names; nil: one that cannot be read.
    public static func holder(text: String) -> Holder? {
        ClientRecord(.string(text))
            .map { record in
                Holder(
                    node: record.node,
                    incarnation: record.incarnation,
                    session: record.session,
                    generation: record.generation,
                    instance: record.instance,
                    connectedAt: record.connectedAt
                )
            }
    }
}
