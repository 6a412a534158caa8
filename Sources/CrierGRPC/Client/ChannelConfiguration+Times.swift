import CrierHTTP2
public import NIOCore

extension ChannelConfiguration {
    /// How soon a server that does not answer is given up.
    /// - Parameters:
    ///   - connect: Time that a TCP connection may take.
    ///   - idleBeforePing: Silence on a connection with open calls after which it is probed. Servers end connections that
    ///     are probed more often than they permit (gRFC A8).
    ///   - pingTimeout: Time that the probe's answer may take.
    public mutating func giveUp(connect: TimeAmount, idleBeforePing: TimeAmount, pingTimeout: TimeAmount) {
        http2.connectTimeout = connect
        http2.keepalive.idleBeforePing = idleBeforePing
        http2.keepalive.pingTimeout = pingTimeout
    }
}
