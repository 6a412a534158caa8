import CrierGRPC
import NIOCore

extension GRPCServerConfiguration {
    /// Waits for handshakes as long as a slow machine needs.
    static var patient: Self {
        var configuration = Self()
        configuration.handshakeTimeout = .hours(1)
        return configuration
    }
}

extension ChannelConfiguration {
    /// Waits for connections as long as a slow machine needs.
    static var patient: Self {
        var configuration = Self()
        configuration.connectTimeout = .hours(1)
        return configuration
    }
}
