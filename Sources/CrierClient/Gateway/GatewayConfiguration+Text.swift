import CrierGRPC

extension GatewayConfiguration {
    /// The gateways of a list, as in `gw1:6565,gw2:6565`.
    /// - Throws: `.invalidArgument` naming the part that is not HOST:PORT.
    public init(_ list: String, tls: TLS? = nil) throws(CrierClientError) {
        var targets: [HostPort] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let target = HostPort(String(part)), target.port > 0 else {
                throw CrierClientError(.invalidArgument, "'\(part)' is not HOST:PORT, with a port from 1 to 65535")
            }
            targets.append(target)
        }
        self.init(targets: targets, tls: tls)
    }
}
