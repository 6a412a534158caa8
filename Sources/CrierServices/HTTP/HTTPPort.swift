import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore

/// The port of operators: is it alive, is it ready, how is it doing.
///
/// - `/healthz`: 200 as long as the process answers.
/// - `/readyz`: 200 while the gateway takes work, 503 before and while it drains.
/// - `/metrics`: everything counted, in Prometheus' text format 0.0.4.
public struct HTTPPort: Sendable {
    private let application: Application<RouterResponder<BasicRequestContext>>

    /// - Parameters:
    ///   - port: 0 picks one.
    ///   - isReady: whether the gateway takes work now.
    ///   - onListening: told the port once connections are accepted.
    public init(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        metrics: MetricsRegistry,
        isReady: @escaping @Sendable () -> Bool,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        application = Application(
            router: Self.router(metrics: metrics, isReady: isReady),
            server: .http1(configuration: Self.limits),
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

    static func router(
        metrics: MetricsRegistry,
        isReady: @escaping @Sendable () -> Bool
    ) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.get("/healthz") { _, _ in text("ok\n") }
        router.get("/readyz") { _, _ in
            isReady() ? text("ready\n") : text("not ready\n", status: .serviceUnavailable)
        }
        router.get("/metrics") { _, _ in text(metrics.exposition(), type: "text/plain; version=0.0.4; charset=utf-8") }
        return router
    }

    private static var limits: HTTP1Channel.Configuration {
        var configuration = HTTP1Channel.Configuration(idleTimeout: HTTPLimits.idleTimeout)
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: HTTPLimits.headerFieldBytes,
            maxHeaderListSize: HTTPLimits.headerBytes,
            maxHeaderFieldCount: HTTPLimits.headerFields
        )
        return configuration
    }

    private static func text(
        _ body: String,
        status: HTTPResponse.Status = .ok,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }
}
