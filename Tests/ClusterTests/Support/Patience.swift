import CrierGRPC
import NIOCore

extension GRPCServerConfiguration {
    /// Waits for its clients as long as a slow machine needs.
    static var patient: Self {
        var configuration = Self()
        configuration.giveUp(handshake: .hours(1), pingTimeout: .hours(1))
        return configuration
    }
}

extension ChannelConfiguration {
    /// Waits for its server as long as a slow machine needs.
    static var patient: Self {
        var configuration = Self()
        configuration.giveUp(connect: .hours(1), pingTimeout: .hours(1))
        return configuration
    }
}
