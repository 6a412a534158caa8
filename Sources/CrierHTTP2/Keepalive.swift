public import NIOCore

/// When a connection is probed, how long it may live, and how often the peer may probe us.
public struct KeepaliveConfiguration: Sendable {
    /// Time without a received byte after which we send a PING (gRFC A8). Server: 60 s, so that a silent agent is known
    /// dead after 80 s. nil: never.
    public var idleBeforePing: TimeAmount? = .seconds(60)
    /// Time that the PING's answer may take. 20 s, gRPC's default.
    public var pingTimeout: TimeAmount = .seconds(20)
    /// Probe also while no call is open.
    public var pingWithoutCalls = true

    /// Server: the shortest time between PINGs that a client may send (gRFC A8, PERMIT_KEEPALIVE_TIME).
    public var permittedPingInterval: TimeAmount = .minutes(5)
    /// Server: whether clients may send them without an open call.
    public var permitPingsWithoutCalls = false
    /// Server: PINGs that come too early before the connection is ended. 2, gRPC's default.
    public var permittedPingStrikes = 2

    /// Server: age at which a connection is asked to end (gRFC A9); each gets ±10 % of it. nil: never.
    public var maximumAge: TimeAmount?
    /// Time that open calls then have.
    public var ageGrace: TimeAmount = .minutes(5)

    public init() {}
}

/// Judges silence: sends a PING after some, ends the connection when nothing answers.
///
///     listening ──(silence of idleBeforePing)──▶ probing ──(any byte)──▶ listening
///                                                   └──(pingTimeout)──▶ dead
struct Keepalive {
    enum Verdict: Equatable { case wait, sendPing, dead }

    private var pingedAt: NIODeadline?

    mutating func check(lastReadAt: NIODeadline, now: NIODeadline, _ configuration: KeepaliveConfiguration) -> Verdict {
        guard let idleBeforePing = configuration.idleBeforePing else { return .wait }
        if let pingedAt {
            if lastReadAt > pingedAt {
                self.pingedAt = nil
            } else {
                return now >= pingedAt + configuration.pingTimeout ? .dead : .wait
            }
        }
        guard now >= lastReadAt + idleBeforePing else { return .wait }
        pingedAt = now
        return .sendPing
    }
}

/// Counts a client's PINGs against gRFC A8's rule; each DATA or HEADERS frame that we send forgives all.
struct PingPolicy {
    // Two hours: the interval that A8 asks of a connection without calls, as TCP's own keepalive.
    private static let intervalWithoutCalls = TimeAmount.hours(2)
    private var last: NIODeadline?
    private var strikes: Int32 = 0

    /// True when the connection must be ended with ENHANCE_YOUR_CALM and "too_many_pings".
    mutating func receivedPing(at now: NIODeadline, hasCalls: Bool, _ configuration: KeepaliveConfiguration) -> Bool {
        let isPermitted = hasCalls || configuration.permitPingsWithoutCalls
        let required = isPermitted ? configuration.permittedPingInterval : Self.intervalWithoutCalls
        defer { last = now }
        guard let last, now < last + required else { return false }
        strikes += 1
        return strikes > configuration.permittedPingStrikes
    }

    mutating func sentFrame() {
        strikes = 0
        last = nil
    }
}
