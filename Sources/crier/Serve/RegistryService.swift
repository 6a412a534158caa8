import CrierCore
import ServiceLifecycle

/// Keeps this node in the cluster's registry, and at the end, when its clients are gone, takes it out.
struct RegistryService: Service {
    let registry: ClusterRegistry
    /// Called once this node is in the registry and knows all that is there.
    let onEntered: @Sendable () -> Void

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await registry.run() }
            group.addTask {
                do {
                    try await registry.ready()
                    onEntered()
                } catch {
                    // It ended before: then nothing is to be said.
                }
            }
            if (try? await gracefulShutdown()) != nil { await registry.leave(within: ServeLimits.registryLeave) }
            group.cancelAll()
        }
    }
}
