import ArgumentParser
import CrierClient
import Glibc

/// Which namespace a command is about. A flag goes before the environment.
struct NamespaceOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The keys' namespace. (environment: CRIER_INSTANCE_ID, else CRIER_APP_NAME)",
            valueName: "name"
        )
    )
    var namespace: String?

    /// Nil when neither a flag nor the environment names one.
    var given: String? { namespace ?? Self.environment("CRIER_INSTANCE_ID") ?? Self.environment("CRIER_APP_NAME") }

    /// The namespace. Throws the remedy when there is none.
    func name() throws -> String {
        guard let given else {
            throw ValidationError(
                "no namespace: give --namespace NAME, or set CRIER_INSTANCE_ID or CRIER_APP_NAME in the environment"
            )
        }
        return given
    }

    private static func environment(_ variable: String) -> String? {
        getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// What every `crier kv` command that asks a gateway takes.
struct KVOptions: ParsableArguments {
    @OptionGroup var namespaces: NamespaceOptions
    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func validate() throws { _ = try namespaces.name() }

    /// Runs `body` with the gateway's store and the namespace.
    func withStore(_ body: (KeyValueClient, String) async throws -> Void) async throws {
        let namespace = try namespaces.name()
        try await reportingErrors {
            let link = try gateway.link()
            try await body(KeyValueClient(link), namespace)
            await link.close()
        }
    }
}
