/// The name of a gateway process's place in the cluster; the same after a restart.
public struct NodeID: Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String

    /// Throws INVALID_ARGUMENT unless the text could be a client id as well: it appears in the same keys and logs.
    public init(validating text: String) throws(GatewayError) {
        rawValue = try ClientID(validating: text, field: "node-id").rawValue
    }

    private init(unchecked text: String) { rawValue = text }

    /// The same in memory of its own.
    var copied: NodeID { NodeID(unchecked: String(decoding: Array(rawValue.utf8), as: UTF8.self)) }

    public var description: String { rawValue }
}
