import CrierGRPC
import NIOCore

@testable import CrierClient

extension GRPCServerConfiguration {
    /// Waits for its clients as long as a slow machine needs.
    static var patient: Self {
        var configuration = Self()
        configuration.giveUp(handshake: .hours(1), pingTimeout: .hours(1))
        return configuration
    }
}

extension GatewayConfiguration {
    /// A gateway on this machine, however long it needs to answer.
    static func local(port: Int) -> Self {
        var configuration = Self(targets: [HostPort(host: "127.0.0.1", port: port)])
        configuration.patience = .seconds(3600)
        return configuration
    }
}
