import CrierHTTP2
public import NIOCore

/// For layers that do not know HTTP/2's types: how soon an end that does not answer is given up, and how much it may
/// send ahead.
extension ChannelConfiguration {
    /// How soon a server that does not answer is given up.
    /// - Parameters:
    ///   - connect: What a connection may take, and its handshake as well.
    ///   - idleBeforePing: Silence on a connection with open calls after which it is probed. Servers end connections
    ///     that are probed more often than they permit (gRFC A8). Nil: unchanged.
    ///   - pingTimeout: What the probe's answer may take. Nil: unchanged.
    public mutating func giveUp(
        connect: TimeAmount, idleBeforePing: TimeAmount? = nil, pingTimeout: TimeAmount? = nil
    ) {
        http2.connectTimeout = connect
        http2.limits.handshakeTimeout = connect
        http2.keepalive.giveUp(idleBeforePing, pingTimeout)
    }

    /// Bytes that a call's server may send ahead.
    public var streamWindow: Int32 {
        get { http2.limits.streamWindow }
        set { http2.limits.streamWindow = newValue }
    }
}

extension GRPCServerConfiguration {
    /// How soon a client that does not answer is given up. Nil: unchanged.
    /// - Parameters:
    ///   - handshake: What the handshake of an accepted connection may take.
    ///   - idleBeforePing: Silence after which a connection is probed.
    ///   - pingTimeout: What the probe's answer may take.
    public mutating func giveUp(
        handshake: TimeAmount? = nil, idleBeforePing: TimeAmount? = nil, pingTimeout: TimeAmount? = nil
    ) {
        if let handshake { http2.limits.handshakeTimeout = handshake }
        http2.keepalive.giveUp(idleBeforePing, pingTimeout)
    }

    /// Clients may ask so often whether the server lives, without calls too.
    public mutating func permitPings(every interval: TimeAmount) {
        http2.keepalive.permittedPingInterval = interval
        http2.keepalive.permitPingsWithoutCalls = true
    }

    /// Bytes that a call's client may send ahead.
    public var streamWindow: Int32 {
        get { http2.limits.streamWindow }
        set { http2.limits.streamWindow = newValue }
    }
}

extension KeepaliveConfiguration {
    fileprivate mutating func giveUp(_ idle: TimeAmount?, _ answer: TimeAmount?) {
        if let idle { idleBeforePing = idle }
        if let answer { pingTimeout = answer }
    }
}
