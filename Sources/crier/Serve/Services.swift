import CrierCore
import CrierGRPC
import CrierServices
import CrierStorage
import Logging
import NIOCore
import ServiceLifecycle

/// Answers agents and backends, and at the end lets them go in order.
struct GRPCService: Service {
    let server: GRPCServer
    let life: NodeLife
    let health: HealthBoard
    /// The others, if there are any: they get what only this node has.
    let cluster: ClusterMember?
    let logger: Logger

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            // Throws when everything is cancelled: then there is no time to drain.
            let isGraceful = (try? await gracefulShutdown()) != nil
            health.drain()
            if isGraceful { await drain() }
            await server.shutdown(grace: isGraceful ? ServeLimits.closeGrace : .zero)
            group.cancelAll()
        }
    }

    private func drain() async {
        logger.info("Gateway drains", metadata: ["clients": "\(life.report.clients)"])
        async let copies: Void = handOver()
        do {
            try await life.leave()
        } catch {
            logger.warning("Gateway could not drain", metadata: ["error": "\(error)"])
        }
        await copies
    }

    private func handOver() async {
        guard let cluster else { return }
        let left = await cluster.files.handOver()
        guard left > 0 else { return }
        logger.warning("Files are on this node alone and could not be handed over", metadata: ["files": "\(left)"])
    }
}

/// Sheds clients to nodes that have fewer, until the node ends.
struct BalanceService: Service {
    let balancer: LoadBalancer

    func run() async throws { await cancelWhenGracefulShutdown { await balancer.run() } }
}

/// Follows the files of the cluster.
struct ClusterFileService: Service {
    let cluster: ClusterMember

    func run() async throws {
        await cancelWhenGracefulShutdown { await cluster.files.run() }
        await cluster.fileClient.close()
    }
}

/// Answers probes and scrapes until the agents are gone.
struct HTTPService: Service {
    let port: HTTPPort
    let address: HostPort

    func run() async throws {
        do {
            try await port.run()
        } catch  where !(error is CancellationError) {
            throw StartError("cannot serve http \(address): \(error)")
        }
    }
}

/// Looks after the stores, and closes them when nobody needs them any more.
struct StoreService: Service {
    let storage: Storage

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await storage.state.run() }
                group.addTask { await housekeep() }
            }
        }
        await storage.close()
    }

    private func housekeep() async {
        while !Task.isCancelled {
            await storage.own.housekeep()
            try? await Task.sleep(for: ServeLimits.housekeepingInterval)
        }
    }
}
