import CLinux
import NIOCore
import ServiceLifecycle

/// Gives memory that a burst left behind back to the system: `malloc` keeps it for ever otherwise.
struct MemoryService: Service {
    /// Sets `malloc` up; before the first loop starts.
    static func configureMalloc(loops: Int) {
        // An arena for each loop, and one for all other threads.
        crier_malloc_configure(CInt(loops + 1))
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: ServeLimits.memoryCheckInterval)) != nil {
                if crier_malloc_free_bytes() >= ServeLimits.keptFreeBytes { crier_malloc_trim() }
            }
        }
    }
}
