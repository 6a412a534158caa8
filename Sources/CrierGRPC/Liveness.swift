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

    /// - Parameters:
    ///   - connectTimeout: What a connection may take, and its handshake as well.
    ///   - silence: Time without a byte after which the server is asked whether it lives; it must permit that.
    ///   - answer: What its answer may take.
    ///   - streamWindow: Bytes that a call's server may send ahead.
    public mutating func expect(
        connectTimeout: TimeAmount, silence: TimeAmount, answer: TimeAmount, streamWindow: Int32
    ) {
        self.connectTimeout = connectTimeout
        http2.keepalive.idleBeforePing = silence
        http2.keepalive.pingTimeout = answer
        http2.limits.streamWindow = streamWindow
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
