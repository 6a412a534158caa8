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
    let gateway: Gateway
    let health: HealthBoard
    let drainTime: TimeAmount
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
        logger.info(
            "Gateway drains",
            metadata: ["clients": "\(gateway.clientCount)", "time": "\(drainTime.nanoseconds / 1_000_000) ms"])
        do {
            try await gateway.drain(over: drainTime)
        } catch {
            logger.warning("Gateway could not drain", metadata: ["error": "\(error)"])
        }
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

/// Looks after the store, and closes it when nobody needs it any more.
struct StoreService: Service {
    let storage: Storage

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await storage.keyValue.housekeep()
                try? await Task.sleep(for: ServeLimits.housekeepingInterval)
            }
        }
        await storage.close()
    }
}
