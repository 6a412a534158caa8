public import CrierGRPC

/// How a gateway reaches the one whose store it uses.
public struct RemoteStoreSettings: Sendable {
    /// The other gateway's door for the cluster's own gateways.
    public var target: HostPort
    /// TLS, if it is spoken; limits and pauses are the driver's own.
    public var channel = ChannelConfiguration()
    /// Sent with every call: what proves that a gateway of the cluster calls.
    public var metadata = Metadata()

    /// How long a read or a write may take, its way included.
    public var callTimeout = RemoteStoreSettings.standardCallTimeout
    /// How long an answer about a lease may take: within it an answer always speaks of a lease that still lives,
    /// counted from when it was asked for, unless the lease is shorter.
    public var leaseTimeout = RemoteStoreSettings.standardLeaseTimeout
    /// Silence after which a followed log is taken for dead, and followed anew.
    public var silence = RemoteStoreSettings.standardSilence

    /// As long as the SDK's calls.
    public static let standardCallTimeout = RemoteLimits.callTimeout
    /// The shortest lease.
    public static let standardLeaseTimeout = RemoteLimits.leaseTimeout
    /// Half as long again as the other gateway is ever silent.
    public static let standardSilence = RemoteLimits.silence

    public init(target: HostPort) {
        self.target = target
    }

    /// What the driver's connections are made with.
    var tuned: ChannelConfiguration {
        var tuned = channel
        tuned.limits.inboundMessageBytes = RemoteLimits.answerBytes
        tuned.backoff.initial = RemoteLimits.firstBackoff
        tuned.backoff.maximum = RemoteLimits.longestBackoff
        tuned.giveUp(connect: RemoteLimits.connectTimeout)
        return tuned
    }
}
