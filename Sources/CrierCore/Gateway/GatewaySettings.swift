public import NIOCore

/// What an operator may change, with the defaults of the design.
public struct GatewaySettings: Sendable {
    /// Told to every client in Welcome; three of them without a word, and a client that has beaten is dead.
    public var heartbeatInterval = TimeAmount.seconds(20)

    /// How old the oldest unsent byte of a client may be. Longer than a bad radio link is silent.
    public var stallLimit = TimeAmount.seconds(30)

    /// How long "offline" waits for the client to come back. Two reconnects with backoff fit.
    public var presenceGrace = TimeAmount.seconds(20)

    /// Clients at once; nil: any number.
    public var maximumSessions: Int?

    /// Connects in a second; nil: any number.
    public var maximumConnectRate: Int?

    /// Told to every client in Welcome.
    public var version = ""

    public init() {}

    var silenceLimit: TimeAmount { heartbeatInterval * Limits.missedHeartbeats }

    var sweepInterval: TimeAmount {
        .nanoseconds(min(heartbeatInterval, stallLimit).nanoseconds / Limits.sweepsPerHeartbeat)
    }
}

/// What the gateway takes from the world besides its loops: passed in, so that tests decide it.
public struct GatewayEnvironment: Sendable {
    /// Milliseconds since 1970.
    public var wallClock: @Sendable () -> Int64
    public var random: @Sendable () -> UInt64

    /// Asks the memory for an object's first lines, without waiting for them.
    public typealias Prefetch = @convention(c) (_ object: UnsafeRawPointer) -> Void

    /// Called a few times with each push, and with nothing else; doing nothing is right, only slower.
    public var prefetch: Prefetch

    public init(
        wallClock: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) },
        prefetch: @escaping Prefetch = { _ in }
    ) {
        self.wallClock = wallClock
        self.random = random
        self.prefetch = prefetch
    }
}
