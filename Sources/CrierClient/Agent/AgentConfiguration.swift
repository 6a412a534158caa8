public import CrierMessages

/// What an agent is and does.
public struct AgentConfiguration: Sendable {
    /// A verified file, under its name.
    public struct ReceivedFile: Sendable {
        public var path: String
        public var order: PullOrder

        public init(path: String, order: PullOrder) {
            self.path = path
            self.order = order
        }
    }

    /// What became of a file in the application's hands; reported to the gateway.
    public enum Handling: Sendable, Equatable {
        /// Nothing more is said than that it was verified.
        case kept
        case installed
        /// With the reason.
        case failed(String)
    }

    /// How many `onFile` run at once when nothing else is said: one may be slow.
    public static let defaultHandlers = 2

    /// 1 to 255 bytes of UTF-8, no control characters.
    public var clientID: String
    /// What a selector can match; at most 64.
    public var labels: [Label]
    public var gateway: GatewayConfiguration
    /// Random for each process: tells a reconnect from a second agent with the same id.
    public var instanceID: String
    public var agentVersion: String
    /// Where announced files are pulled to; nil: they are only told of.
    public var directory: String?
    /// Over all downloads, in bytes; 0 for no limit.
    public var maxBytesPerSecond: Int64 = 0
    /// 1 or more.
    public var maxDownloads = 2
    /// Called once for every verified file, before its state is forgotten: after a crash in the middle, once more.
    public var onFile: @Sendable (ReceivedFile) async -> Handling = { _ in .kept }
    /// How many `onFile` may run at once; 1 or more.
    public var maxHandlers = defaultHandlers
    /// Called from any thread; must not block.
    public var onNews: @Sendable (AgentNews) -> Void = { _ in }

    /// - Parameter instanceID: nil for a random one.
    public init(
        clientID: String,
        labels: [Label] = [],
        gateway: GatewayConfiguration = GatewayConfiguration(),
        instanceID: String? = nil,
        agentVersion: String = "",
        directory: String? = nil
    ) {
        self.clientID = clientID
        self.labels = labels
        self.gateway = gateway
        self.instanceID =
            instanceID ?? String(UInt64.random(in: .min ... .max), radix: 16)
            + String(UInt64.random(in: .min ... .max), radix: 16)
        self.agentVersion = agentVersion
        self.directory = directory
    }
}
