import Glibc

/// What a distributed memory is of, and how it behaves.
public struct MemoryConfiguration: Sendable {
    /// 1 to 63 bytes of `[A-Za-z0-9._-]`.
    public var namespace: String
    public var gateway: GatewayConfiguration
    /// Bytes of memory that the copy may take; a larger namespace ends `run()` with `.tooLarge`.
    public var maxBytes = Limits.memoryBytes
    /// Events that may wait for a subscriber before it hears `.missed`.
    public var subscriberEvents = Limits.subscriberEvents
    /// How long a write may take.
    public var timeout = KeyValueClient.defaultTimeout
    /// Who we are, for those who see a lock that we hold.
    public var holder = Self.processName
    /// Called from any thread; must not block.
    public var onNews: @Sendable (MemoryNews) -> Void = { _ in }
    /// How long the gateway may say nothing before it counts as away.
    var watchSilence = Limits.watchSilence

    /// - Parameter namespace: nil: what `CRIER_INSTANCE_ID` says, else `CRIER_APP_NAME`.
    /// - Throws: `.invalid` when no namespace is named anywhere.
    public init(
        namespace: String? = nil,
        gateway: GatewayConfiguration = GatewayConfiguration()
    ) throws(KeyValueClientError) {
        try self.init(namespace: namespace, gateway: gateway) { getenv($0).map { String(cString: $0) } }
    }

    init(
        namespace: String?,
        gateway: GatewayConfiguration,
        environment: (String) -> String?
    ) throws(KeyValueClientError) {
        let named = [namespace, environment("CRIER_INSTANCE_ID"), environment("CRIER_APP_NAME")]
        guard let namespace = named.compactMap(\.self).first(where: { !$0.isEmpty }) else {
            throw KeyValueClientError(
                .invalid,
                "no namespace is named: give one, or set CRIER_INSTANCE_ID or CRIER_APP_NAME"
            )
        }
        self.namespace = namespace
        self.gateway = gateway
    }

    /// `pid@host`.
    private static var processName: String {
        var name = [CChar](repeating: 0, count: 256)
        let isNamed = gethostname(&name, name.count - 1) == 0
        let host = isNamed ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        return "\(getpid())@\(host)"
    }
}

/// What happens around a memory; for logs and for people.
public enum MemoryNews: Sendable {
    /// Everything was read; the memory is current from now on.
    case loaded(KeyValuePosition, entries: Int)
    /// The watch goes on where it was cut.
    case resumed
    /// The gateway is away: reads show what was known, writes fail, and the next attempt comes after `retryIn`.
    case disconnected(KeyValueClientError, retryIn: Duration)
    /// The gateway cannot tell what happened meanwhile; everything is read again.
    case reset(KeyValueWatchEvent.Reset)
}
