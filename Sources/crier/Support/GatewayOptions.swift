import ArgumentParser
import CrierClient
import CrierGRPC
import Foundation

/// Where the gateway is. A flag goes before the environment, which goes before the file.
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

    @Option(
        help: ArgumentHelp(
            "A YAML file with gateway, tls-ca, tls-cert, tls-key. (environment: CRIER_CLIENT_CONFIG)",
            valueName: "file"
        )
    )
    var config: String?

    /// The names of the settings, as flags and in the file.
    enum Name: String, CaseIterable {
        case gateway
        case tlsCA = "tls-ca"
        case tlsCert = "tls-cert"
        case tlsKey = "tls-key"
    }

    func validate() throws { _ = try configuration() }

    /// Throws `ValidationError` for the first setting that is wrong.
    func configuration() throws -> GatewayConfiguration {
        do throws(SettingError) {
            return try configuration(layers(environment: ProcessInfo.processInfo.environment))
        } catch {
            throw ValidationError(error.description)
        }
    }

    func configuration(_ layers: SettingLayers) throws(SettingError) -> GatewayConfiguration {
        func path(_ name: Name) throws(SettingError) -> String? { try layers.value(name.rawValue)?.path() }
        let (authority, certificate, key) = (try path(.tlsCA), try path(.tlsCert), try path(.tlsKey))
        guard (certificate == nil) == (key == nil) else {
            throw SettingError("tls-cert and tls-key are given together or not at all")
        }
        let tls = GatewayConfiguration.TLS(authorityFile: authority, certificateFile: certificate, keyFile: key)
        let gateway = layers.value(Name.gateway.rawValue)
        let targets = try gateway?.gateways() ?? [HostPort(host: "127.0.0.1", port: 6565)]
        return GatewayConfiguration(targets: targets, tls: authority == nil && certificate == nil ? nil : tls)
    }

    /// A connection for one command.
    func link() throws -> GatewayLink {
        try GatewayLink(try configuration())
    }

    /// The variable of the file is not that of `crier serve`, whose `tls-cert` is another one.
    func layers(environment: [String: String]) throws(SettingError) -> SettingLayers {
        let path = config ?? environment["CRIER_CLIENT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let allowed = Name.allCases.map(\.rawValue)
        let file: SettingsFile? = if let path { try SettingsFile(path: path, allowed: allowed) } else { nil }
        let given: [Name: String?] = [.gateway: gateway, .tlsCA: tlsCa, .tlsCert: tlsCert, .tlsKey: tlsKey]
        let flags = given.reduce(into: [:]) { flags, option in flags[option.key.rawValue] = option.value }
        return SettingLayers(flags: flags, environment: environment, file: file)
    }
}

extension SettingValue {
    /// A list of addresses, any of which will do.
    fileprivate func gateways() throws(SettingError) -> [HostPort] {
        do throws(CrierClientError) {
            return try GatewayConfiguration(text).targets
        } catch {
            throw refused("HOST:PORT[,HOST:PORT…], with ports from 1 to 65535")
        }
    }
}
