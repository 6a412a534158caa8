public import CrierGRPC
import NIOCore

/// Where the gateway is and how it is spoken to.
public struct GatewayConfiguration: Sendable {
    /// TLS instead of clear text.
    public struct TLS: Sendable {
        /// PEM file of the authority that the gateway's certificate must come from; nil: the system's.
        public var authorityFile: String?
        /// PEM file with our own certificate, for gateways that ask for one. Goes with `keyFile`.
        public var certificateFile: String?
        public var keyFile: String?
        /// The name that the gateway's certificate must carry; nil: the host that is dialled.
        public var serverName: String?

        public init(
            authorityFile: String? = nil,
            certificateFile: String? = nil,
            keyFile: String? = nil,
            serverName: String? = nil
        ) {
            self.authorityFile = authorityFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.serverName = serverName
        }
    }

    /// At least one; the first that answers is taken.
    public var targets: [HostPort]
    /// Nil: clear text.
    public var tls: TLS?
    /// How long a connection, its handshake and the answer to a PING are waited for; nil: the transport's own limits.
    var patience: Duration?

    public init(targets: [HostPort] = [HostPort(host: "127.0.0.1", port: 6565)], tls: TLS? = nil) {
        self.targets = targets
        self.tls = tls
    }

    /// What the transport needs to know of it.
    ///
    /// Throws `.invalidArgument` for no target, half a client certificate or a file that is not PEM.
    public func channelConfiguration() throws(CrierClientError) -> ChannelConfiguration {
        guard !targets.isEmpty else {
            throw CrierClientError(.invalidArgument, "no gateway is named; host:port is needed")
        }
        var configuration = ChannelConfiguration()
        if let patience { configuration.giveUp(connect: TimeAmount(patience), pingTimeout: TimeAmount(patience)) }
        guard let tls else { return configuration }
        guard (tls.certificateFile == nil) == (tls.keyFile == nil) else {
            throw CrierClientError(
                .invalidArgument,
                "a client certificate and its key are given together or not at all"
            )
        }
        do {
            try configuration.useTLS(
                authorityFile: tls.authorityFile,
                certificateFile: tls.certificateFile,
                keyFile: tls.keyFile,
                serverName: tls.serverName
            )
        } catch {
            throw CrierClientError(.invalidArgument, "TLS: \(error)", cause: error)
        }
        return configuration
    }
}
