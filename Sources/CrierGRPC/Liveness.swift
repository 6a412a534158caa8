import CrierHTTP2
public import NIOCore

/// For layers that do not know HTTP/2's types: how soon a connection notices that its other end is gone.
extension ChannelConfiguration {
    /// What a connection may take, and its handshake as well.
    public var connectTimeout: TimeAmount {
        get { http2.connectTimeout }
        set {
            http2.connectTimeout = newValue
            http2.limits.handshakeTimeout = newValue
        }
    }

    /// Bytes that a call's server may send ahead.
    public var streamWindow: Int32 {
        get { http2.limits.streamWindow }
        set { http2.limits.streamWindow = newValue }
    }

    /// How soon a server that does not answer is given up.
    /// - Parameters:
    ///   - connect: What a connection may take, and its handshake as well.
    ///   - idleBeforePing: Silence on a connection with open calls after which it is probed. Servers end connections that
    ///     are probed more often than they permit (gRFC A8).
    ///   - pingTimeout: What the probe's answer may take.
    public mutating func giveUp(connect: TimeAmount, idleBeforePing: TimeAmount, pingTimeout: TimeAmount) {
        connectTimeout = connect
        http2.keepalive.idleBeforePing = idleBeforePing
        http2.keepalive.pingTimeout = pingTimeout
    }
}

extension GRPCServerConfiguration {
    /// What the handshake of an accepted connection may take.
    public var handshakeTimeout: TimeAmount {
        get { http2.limits.handshakeTimeout }
        set { http2.limits.handshakeTimeout = newValue }
    }

    /// - Parameters:
    ///   - silence: Time without a byte after which a client is asked whether it lives.
    ///   - answer: What its answer may take.
    ///   - permittedPings: The shortest time between the same questions of a client.
    ///   - streamWindow: Bytes that a call's client may send ahead.
    public mutating func expect(
        silence: TimeAmount, answer: TimeAmount, permittedPings: TimeAmount, streamWindow: Int32
    ) {
        http2.keepalive.idleBeforePing = silence
        http2.keepalive.pingTimeout = answer
        http2.keepalive.permittedPingInterval = permittedPings
        http2.keepalive.permitPingsWithoutCalls = true
        http2.limits.streamWindow = streamWindow
    }
}
