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
    /// Not cancelled with the task: whoever hangs up in the middle of an upload still wants it committed. Throws what
    /// `body` throws; RESOURCE_EXHAUSTED when too many wait, UNAVAILABLE when the threads are stopping.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws(FileStoreError) -> R) async throws(FileStoreError) -> R
    {
        guard queued.add(1, ordering: .relaxed).newValue <= FileStoreLimits.queuedJobs else {
            queued.subtract(1, ordering: .relaxed)
            throw FileStoreError(
                .resourceExhausted, "\(FileStoreLimits.queuedJobs) jobs already wait for the gateway's disk")
        }
        defer { queued.subtract(1, ordering: .relaxed) }
        let result: Result<R, FileStoreError> = await withCheckedContinuation { continuation in
            threads.submit { state in
                guard case .active = state else {
                    return continuation.resume(
                        returning: .failure(FileStoreError(.unavailable, "the file store is stopping")))
                }
                continuation.resume(returning: Result(catching: body))
            }
        }
        return try result.get()
    }
}
