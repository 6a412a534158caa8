public import CrierHTTP2
public import NIOCore

/// How a gRPC server treats its connections and calls.
public struct GRPCServerConfiguration: Sendable {
    public var http2 = HTTP2ServerConfiguration()
    public var limits = GRPCLimits()

    public init() {}
}

/// What all calls of a server share: one reference each, since every further one is counted by all loops at once.
final class ServerCore: ExchangeAcceptor, Sendable {
    let methods: MethodTable
    let limits: GRPCLimits
    let asyncCalls: AsyncCalls

    init(methods: MethodTable, limits: GRPCLimits) {
        self.methods = methods
        self.limits = limits
        asyncCalls = AsyncCalls(limit: limits.asyncCalls)
    }

    func accept(_ exchange: Exchange) -> any ExchangeReceiver { ServerCall(exchange, server: self) }
}

/// A gRPC server: a table of methods behind a listening socket.
///
/// Methods in `async` form are answered while `run()` runs; the others as soon as the server is bound.
public final class GRPCServer: Sendable {
    private let server: HTTP2Server
    private let core: ServerCore

    private init(_ server: HTTP2Server, _ core: ServerCore) {
        self.server = server
        self.core = core
    }

    /// Listens on `host` and `port`; port 0 picks one.
    /// - Throws: `IOError` when the address is in use or not ours.
    public static func bind(
        host: String, port: Int, methods: MethodTable, configuration: GRPCServerConfiguration = .init(),
        group: any EventLoopGroup
    ) async throws -> GRPCServer {
        let core = ServerCore(methods: methods, limits: configuration.limits)
        let server = try await HTTP2Server.bind(
            host: host, port: port, configuration: configuration.http2, group: group, acceptor: core
        )
        return GRPCServer(server, core)
    }

    /// The bound port.
    public var localPort: Int { server.localPort }

    /// Connections that are open now.
    public var openConnections: Int { server.openConnections }

    /// Runs the methods in `async` form, until `shutdown` is through or the task is cancelled.
    public func run() async { await core.asyncCalls.run() }

    /// Takes no more connections; open ones go on.
    public func stopListening() async { await server.stopListening() }

    /// Ends every connection gracefully (gRFC A9): calls that are open have until `grace` is over. Returns when all are
    /// closed.
    public func shutdown(grace: TimeAmount) async {
        await server.shutdown(grace: grace)
        core.asyncCalls.stop()
    }
}
