import CrierHTTP2
public import NIOCore

/// For layers that do not know HTTP/2's types: how soon a connection notices that its other end is gone.
extension ChannelConfiguration {
    /// - Parameters:
    ///   - connectTimeout: What a connection may take, and its handshake as well.
    ///   - silence: Time without a byte after which the server is asked whether it lives; it must permit that.
    ///   - answer: What its answer may take.
    ///   - streamWindow: Bytes that a call's server may send ahead.
    public mutating func expect(
        connectTimeout: TimeAmount, silence: TimeAmount, answer: TimeAmount, streamWindow: Int32
    ) {
        http2.connectTimeout = connectTimeout
        http2.limits.handshakeTimeout = connectTimeout
        http2.keepalive.idleBeforePing = silence
        http2.keepalive.pingTimeout = answer
        http2.limits.streamWindow = streamWindow
    }
}

extension GRPCServerConfiguration {
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
