import CrierCore
import CrierGRPC
import CrierHTTP2
import CrierServices
import CrierStorage
import Logging
import Metrics
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import UnixSignals

/// Puts a gateway together. The one place that names concrete back-ends.
struct Assembly {
    private let settings: ServeSettings
    private let logger: Logger

    init(_ settings: ServeSettings) {
        self.settings = settings
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: "crier")
        logger.logLevel = settings.logLevel
        self.logger = logger
    }

    /// What frameworks say about their own doings is of no use to an operator before it is a warning.
    private var libraryLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    /// Runs until a signal, and then until everything is closed. Throws `StartError` when it cannot begin.
    func run() async throws {
        ProcessSetup.ignoreBrokenPipes()
        MemoryService.configureMalloc(loops: System.coreCount)
        let descriptors = ProcessSetup.raiseDescriptorLimit()
        // One loop a core: what a message needs on its way stays on one.
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let disk = NIOThreadPool(numberOfThreads: ServeLimits.diskThreads)
        disk.start()
        let result: Result<Void, any Error>
        do {
            result = .success(try await run(loops, disk, descriptors: descriptors))
        } catch {
            result = .failure(error)
        }
        try? await disk.shutdownGracefully()
        try? await loops.shutdownGracefully()
        try result.get()
    }

    private func run(_ loops: MultiThreadedEventLoopGroup, _ disk: NIOThreadPool, descriptors: UInt64) async throws {
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        metrics.addProcessReadings()
        // A figure that is always 1: its labels say which version runs where.
        Meter(label: "crier_build_info", dimensions: [("node", "\(settings.nodeID)"), ("version", CrierVersion.text)])
            .set(1)
        let door = try PeerDoor(settings)
        let shared = try await StateStore.shared(settings.keyValue, door, loops, logger)
        let storage = try await Storage.open(settings, shared: shared, disk, logger)
        let cluster = settings.isClustered ? try ClusterMember(settings, storage, door, loops, logger) : nil
        let parts = assemble(storage, cluster, metrics, loops)
        let server = try await bind(parts)
        metrics.addReading("crier_sessions", .gauge) { Double(parts.gateway.clientCount) }
        metrics.addReading("crier_connections", .gauge) { Double(server.openConnections) }
        metrics.addReading("crier_kv_watchers", .gauge) { Double(storage.state.watcherCount()) }
        if let lag = storage.state.compactionLag {
            metrics.addReading("crier_kv_compaction_lag_revisions", .gauge) { Double(lag()) }
        }
        logger.info(
            "Gateway starts",
            metadata: [
                "version": "\(CrierVersion.text)", "node": "\(settings.nodeID)", "data": "\(storage.directory.path)",
                "boot": "\(storage.bootNumber)", "loops": "\(System.coreCount)", "descriptors": "\(descriptors)",
            ]
        )
        try await serve(parts, server)
        logger.info("Gateway ended")
    }

    private func assemble(
        _ storage: Storage,
        _ cluster: ClusterMember?,
        _ metrics: MetricsRegistry,
        _ loops: MultiThreadedEventLoopGroup
    ) -> Parts {
        let gateway = makeGateway(storage, cluster, loops)
        let health = HealthBoard(services: [])
        let life = NodeLife(gateway: gateway, registry: cluster?.registry, drainTime: settings.drainTime) { serves in
            health.setAll(serves ? .serving : .notServing)
        }
        return Parts(
            loops: loops, storage: storage, cluster: cluster, gateway: gateway,
            keyValue: KeyValueAccess(storage.state.store, policy: settings.keyValue.access.policy),
            health: health, life: life, metrics: metrics
        )
    }

    private func makeGateway(
        _ storage: Storage,
        _ cluster: ClusterMember?,
        _ loops: MultiThreadedEventLoopGroup
    ) -> Gateway {
        var gateway = GatewaySettings()
        gateway.heartbeatInterval = settings.heartbeatInterval
        gateway.presenceGrace = settings.presenceGrace
        gateway.version = CrierVersion.text
        gateway.maximumSessions = settings.maxSessions
        gateway.maximumConnectRate = settings.maxConnectRate
        return Gateway(
            node: settings.nodeID,
            eventLoops: Array(loops.makeIterator()),
            encoder: ServerMessageEncoder(),
            generations: cluster?.registry.generations ?? BootGenerations(bootNumber: storage.bootNumber),
            environment: GatewayEnvironment(
                wallClock: { WallClock.system.milliseconds }, prefetch: { Prefetch.object(at: $0) }
            ),
            settings: gateway,
            files: storage.files.catalogue,
            cluster: cluster.map { ClusterRouting(directory: $0.registry, links: $0.links) },
            clusterRegistry: cluster?.registry,
            logger: logger
        )
    }

    private func bind(_ parts: Parts) async throws -> GRPCServer {
        var configuration = GRPCServerConfiguration()
        configuration.http2.tls = try settings.tls.map(context)
        do {
            return try await GRPCServer.bind(
                host: settings.grpc.host,
                port: settings.grpc.port,
                methods: methods(parts),
                configuration: configuration,
                group: parts.loops
            )
        } catch {
            throw StartError("cannot listen on grpc \(settings.grpc): \(error)")
        }
    }

    private func methods(_ parts: Parts) -> MethodTable {
        let storage = parts.storage
        var methods = MethodTable()
        PushService(gateway: parts.gateway, others: parts.cluster?.calls).add(to: &methods)
        let files: any FileStore = parts.cluster?.files ?? storage.files
        FileService(store: files, threads: storage.diskThreads, downloadBytesPerSecond: Int64(settings.downloadRate))
            .add(to: &methods)
        KeyValueService(access: parts.keyValue, eventLoops: Array(parts.loops.makeIterator())).add(to: &methods)
        NodeService(life: parts.life, others: parts.cluster?.calls, policy: settings.keyValue.access.policy)
            .add(to: &methods)
        for service in methods.serviceNames { parts.health.set(.notServing, of: service) }
        HealthService(board: parts.health).add(to: &methods)
        ReflectionService.add(to: &methods)
        return methods
    }

    private func context(_ tls: ServeSettings.TLS) throws -> NIOSSLContext {
        do {
            return try .server(
                identity: TLSIdentity(certificateFile: tls.certificateFile, keyFile: tls.keyFile),
                clientAuthorityFile: tls.clientAuthorityFile
            )
        } catch {
            throw StartError(
                "cannot use tls-cert \(tls.certificateFile), tls-key \(tls.keyFile) and "
                    + "tls-client-ca \(tls.clientAuthorityFile ?? "(none)"): \(error)"
            )
        }
    }

    /// The last service of the list is the first to end: agents go, then probes and metrics, then the store.
    private func serve(_ parts: Parts, _ server: GRPCServer) async throws {
        let (storage, cluster, health) = (parts.storage, parts.cluster, parts.health)
        let grpc = HostPort(host: settings.grpc.host, port: server.localPort)
        let host = settings.http.host
        let steps = StartSteps(needsCluster: cluster != nil) { number in
            parts.life.ready()
            // The one line on standard output: who started us waits for it.
            Output.line("ready grpc=\(grpc) http=\(HostPort(host: host, port: number))")
        }
        let port = HTTPPort(
            host: host,
            port: settings.http.port,
            group: parts.loops,
            metrics: parts.metrics,
            isReady: { health.state(of: HealthBoard.server) == .serving },
            trouble: { cluster?.registry.status.trouble(at: .now()) },
            keyValue: parts.keyValue,
            origins: settings.httpOrigins,
            logger: libraryLogger
        ) { steps.listens(onHTTPPort: $0) }
        var services: [any Service] = [
            MemoryService(), StoreService(storage: storage), HTTPService(port: port, address: settings.http),
        ]
        if let cluster {
            let peerDoor = try await cluster.open(parts, clientAddress: settings.peers.advertisedGRPC(grpc))
            // From its end: this node leaves the registry, so that nobody looks for clients here, then the door closes.
            services += [
                peerDoor, ClusterFileService(cluster: cluster),
                RegistryService(registry: cluster.registry, onEntered: steps.entersCluster),
            ]
        }
        if let cluster, settings.peers.balances {
            services.append(
                BalanceService(
                    balancer: LoadBalancer(
                        gateway: parts.gateway, registry: cluster.registry, logger: logger)))
        }
        services.append(
            GRPCService(server: server, life: parts.life, health: health, cluster: cluster, logger: logger)
        )
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: libraryLogger
        )
        configuration.maximumGracefulShutdownDuration = .nanoseconds(
            (settings.drainTime + ServeLimits.closeGrace + ServeLimits.shutdownSlack).nanoseconds
        )
        try await ServiceGroup(configuration: configuration).run()
    }
}
