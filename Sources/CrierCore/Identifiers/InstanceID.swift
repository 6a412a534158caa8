/// One run of an agent's process: random, chosen by the agent, so that a reconnect differs from a second agent.
public struct InstanceID: Sendable, Hashable {
    public let rawValue: String

    /// An agent that does not tell: it is never fenced by attempt and never quarantined.
    public static let unknown = InstanceID(unchecked: "")

    public var isKnown: Bool { !rawValue.isEmpty }

    /// Throws INVALID_ARGUMENT for more than 255 bytes; empty means unknown.
    public init(validating text: String) throws(GatewayError) {
        try GatewayError.check("instance_id", text, atMost: Limits.instanceIDBytes)
        rawValue = text
    }

    private init(unchecked text: String) { rawValue = text }
}
