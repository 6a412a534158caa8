public import CrierCore
import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore

/// The port of operators and of everything that speaks HTTP.
///
/// - `/healthz`: 200 as long as the process answers.
/// - `/readyz`: 200 while the gateway takes work, 503 before and while it drains; with a word on what is not as it
///   should be.
/// - `/metrics`: everything counted, in Prometheus' text format 0.0.4.
/// - `/v1/kv/…`, `/v1/stream`: the key-value state, if there is one.
public struct HTTPPort: Sendable {
    private let application: Application<HTTPRoutes>

    /// - Parameters:
    ///   - port: 0 picks one.
    ///   - isReady: whether the gateway takes work now.
    ///   - trouble: what is not as it should be, in words; nil: nothing.
    ///   - keyValue: nil: there is nothing at `/v1`.
    ///   - origins: the web pages of others that may use `/v1`.
    ///   - onListening: told the port once connections are accepted.
    public init(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        metrics: MetricsRegistry,
        isReady: @escaping @Sendable () -> Bool,
        trouble: @escaping @Sendable () -> String? = { nil },
        keyValue: KeyValueAccess? = nil,
        origins: AllowedOrigins = .none,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        let patience = HTTPPatience()
        let routes = HTTPRoutes(
            metrics: metrics,
            isReady: isReady,
            trouble: trouble,
            keyValue: keyValue.map { KeyValueRoutes($0, origins, patience) }
        )
        self.init(routes, patience, host: host, port: port, group: group, logger: logger, onListening: onListening)
    }

    init(
        _ routes: HTTPRoutes,
        _ patience: HTTPPatience,
        host: String,
        port: Int,
        group: any EventLoopGroup,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        application = Application(
            responder: routes,
            server: HTTPServerBuilder { responder in
                LoopBoundHTTP(HTTP1Channel(responder: responder, configuration: Self.configuration(patience)))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(HTTPLimits.connections)
            ),
            onServerRunning: { await onListening($0.localAddress?.port ?? port) },
            eventLoopGroupProvider: .shared(group),
            logger: logger
        )
    }

    /// Serves until the task is cancelled or the service group that it runs in shuts down.
    public func run() async throws {
        try await application.run()
    }

    private static func configuration(_ patience: HTTPPatience) -> HTTP1Channel.Configuration {
        var configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [HTTPConnectionGuard(patience)],
            idleTimeout: patience.idle
        )
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: HTTPLimits.headerFieldBytes,
            maxHeaderListSize: HTTPLimits.headerBytes,
            maxHeaderFieldCount: HTTPLimits.headerFields
        )
        return configuration
    }
}
