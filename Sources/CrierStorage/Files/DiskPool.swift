import CrierCore
import NIOPosix
import Synchronization

/// Threads for work that waits for the disk, with a bounded queue.
final class DiskPool: Sendable {
    private let threads: NIOThreadPool
    private let queued = Atomic<Int>(0)

    init(_ threads: NIOThreadPool) { self.threads = threads }

    /// Runs `body` on a thread and waits for it without holding one.
    ///
    /// Throws what it throws; RESOURCE_EXHAUSTED when too many wait, UNAVAILABLE when the threads are stopping.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws(FileStoreError) -> R) async throws(FileStoreError) -> R {
        guard queued.add(1, ordering: .relaxed).newValue <= FileStoreLimits.queuedJobs else {
            queued.subtract(1, ordering: .relaxed)
            throw FileStoreError(.resourceExhausted, "\(FileStoreLimits.queuedJobs) jobs already wait for the gateway's disk")
        }
        defer { queued.subtract(1, ordering: .relaxed) }
        do {
            return try await threads.runIfActive { try body() }
        } catch let error as FileStoreError {
            throw error
        } catch {
            throw FileStoreError(.unavailable, "the file store is stopping, or the call was cancelled")
        }
    }
}
