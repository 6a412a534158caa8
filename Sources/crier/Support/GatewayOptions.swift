import ArgumentParser
import CrierClient
import CrierGRPC
import Glibc

/// Where the gateway is. A flag goes before the environment.
struct GatewayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Gateways, any of which will do. (default: 127.0.0.1:6565; environment: CRIER_GATEWAY)",
            valueName: "host:port,…"
        )
    )
    var gateway: String?

    @Option(
        help: ArgumentHelp(
            "Speak TLS; the PEM file of the authority behind the gateway's certificate. (environment: CRIER_TLS_CA)",
            valueName: "file"
        )
    )
    var tlsCa: String?

    @Option(
        help: ArgumentHelp("Speak TLS with this certificate, PEM. (environment: CRIER_TLS_CERT)", valueName: "file")
    )
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's key, PEM. (environment: CRIER_TLS_KEY)", valueName: "file"))
    var tlsKey: String?

    func validate() throws {
        _ = try targets()
        guard (setting(tlsCert, "CRIER_TLS_CERT") == nil) == (setting(tlsKey, "CRIER_TLS_KEY") == nil) else {
            throw ValidationError("--tls-cert and --tls-key are given together or not at all")
        }
    }

    func configuration() throws -> GatewayConfiguration {
        let authority = setting(tlsCa, "CRIER_TLS_CA")
        let certificate = setting(tlsCert, "CRIER_TLS_CERT")
        let tls = GatewayConfiguration.TLS(
            authorityFile: authority,
            certificateFile: certificate,
            keyFile: setting(tlsKey, "CRIER_TLS_KEY")
        )
        return GatewayConfiguration(targets: try targets(), tls: authority == nil && certificate == nil ? nil : tls)
    }

    /// A connection for one command.
    func link() throws -> GatewayLink {
        try GatewayLink(try configuration())
    }

    private func targets() throws -> [HostPort] {
        let text = setting(gateway, "CRIER_GATEWAY") ?? "127.0.0.1:6565"
        return try text.split(separator: ",")
            .map { part in
                guard let target = HostPort(String(part)), target.port > 0 else {
                    throw ValidationError("--gateway: '\(part)' is not HOST:PORT, with a port from 1 to 65535")
                }
                return target
            }
    }

    private func setting(_ flag: String?, _ variable: String) -> String? {
        flag ?? getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
