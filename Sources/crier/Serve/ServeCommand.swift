import ArgumentParser
import Foundation

/// `crier serve`: reads the settings and runs a gateway until it is told to end.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a gateway.",
        discussion: """
            Prints one line on standard output when it accepts connections:

              ready grpc=127.0.0.1:6565 http=127.0.0.1:8080

            Logs go to standard error. SIGTERM and SIGINT end it: agents are asked to reconnect, spread over the drain \
            time, then every connection is closed.

            A setting can stand in a flag (--data-dir), in the environment (CRIER_DATA_DIR) or in the file of --config \
            (data-dir: …); the first that has it counts.

            The HTTP port answers /healthz, /readyz, /metrics (Prometheus), and the key-value state at /v1/kv and \
            /v1/stream.

              crier serve
              crier serve --data-dir /var/lib/crier --config /etc/crier.yaml
              crier serve --grpc 0.0.0.0:6565 --tls-cert gw.pem --tls-key gw.key
            """
    )

    @Option(help: ArgumentHelp("A YAML file with settings, one a line. Also CRIER_CONFIG.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Where everything is kept; made when missing. (default: crier-data)", valueName: "dir"))
    var dataDir: String?

    @Option(
        help: ArgumentHelp("The address for agents and backends. (default: 127.0.0.1:6565)", valueName: "host:port"))
    var grpc: String?

    @Option(help: ArgumentHelp("The address for operators. (default: 127.0.0.1:8080)", valueName: "host:port"))
    var http: String?

    @Option(
        name: .customLong("http-cors-origins"),
        help: ArgumentHelp(
            "Web pages that may use /v1 from a browser: * or https://a.example,https://b.example. (default: none)",
            valueName: "origins"))
    var httpCORSOrigins: String?

    @Option(
        name: .customLong("node-id"), help: ArgumentHelp("This node's name. (default: the host's)", valueName: "id"))
    var nodeID: String?

    @Option(help: ArgumentHelp("The certificate and its chain, PEM.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's private key, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(
        name: .customLong("tls-client-ca"),
        help: ArgumentHelp("Ask clients for a certificate of this authority, PEM.", valueName: "file")
    )
    var tlsClientCA: String?

    @Flag(help: "Allow clear text on an address that is not loopback.")
    var insecure = false

    @Option(help: ArgumentHelp("How often agents are asked to beat. (default: 20s)", valueName: "duration"))
    var heartbeatInterval: String?

    @Option(help: ArgumentHelp("How long \"offline\" waits for a return. (default: 20s)", valueName: "duration"))
    var presenceGrace: String?

    @Option(help: ArgumentHelp("How long agents have to go when it ends. (default: 10s)", valueName: "duration"))
    var drainTime: String?

    @Option(
        help: ArgumentHelp("Bytes a second that one download may have, as in 500k or 10M.", valueName: "bytes"))
    var downloadRate: String?

    @Option(help: ArgumentHelp("Agents that may be connected at once. (default: any number)", valueName: "number"))
    var maxSessions: String?

    @Option(help: ArgumentHelp("Agents that may connect in a second. (default: any number)", valueName: "number"))
    var maxConnectRate: String?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: info)", valueName: "level"))
    var logLevel: String?

    @OptionGroup(title: "Cluster options")
    var peers: PeerOptions

    @OptionGroup(title: "Key-value options")
    var keyValue: KeyValueOptions

    func run() async throws {
        let settings: ServeSettings
        do throws(SettingError) {
            settings = try ServeSettings(layers(environment: ProcessInfo.processInfo.environment))
        } catch {
            Output.note("crier: \(error)")
            throw ExitStatus.usage.exitCode
        }
        do {
            try await Assembly(settings).run()
        } catch let error as StartError {
            Output.note("crier: \(error)")
            throw ExitStatus.notAsAsked.exitCode
        }
    }

    private func layers(environment: [String: String]) throws(SettingError) -> SettingLayers {
        let path = config ?? environment["CRIER_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let allowed = ServeSettings.Name.allCases.map(\.rawValue)
        let file: SettingsFile? =
            if let path { try SettingsFile(path: path, allowed: allowed, mappings: ServeSettings.Name.mappings) } else {
                nil
            }
        return SettingLayers(flags: flags, environment: environment, file: file)
    }

    private var flags: [String: String] {
        let given: [ServeSettings.Name: String?] = [
            .dataDir: dataDir, .grpc: grpc, .http: http, .httpCORSOrigins: httpCORSOrigins, .nodeID: nodeID,
            .tlsCert: tlsCert, .tlsKey: tlsKey,
            .tlsClientCA: tlsClientCA, .insecure: insecure ? "true" : nil, .heartbeatInterval: heartbeatInterval,
            .presenceGrace: presenceGrace, .drainTime: drainTime, .downloadRate: downloadRate,
            .maxSessions: maxSessions, .maxConnectRate: maxConnectRate, .logLevel: logLevel,
        ]
        return given.merging(keyValue.given) { $1 }.merging(peers.given) { $1 }
            .reduce(into: [:]) { flags, option in flags[option.key.rawValue] = option.value }
    }
}

/// Why the gateway did not start, for the operator: one line, without a trace.
struct StartError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
