import CLinux
import Glibc
import NIOCore
import Synchronization

/// One thread that does work whenever there is some, and sleeps until it is woken or a time comes.
///
/// It sleeps at a semaphore: a wake is one system call and touches no lock that the thread needs next, which a
/// condition and its mutex do.
///
/// `@unchecked Sendable`: the semaphore is what threads share by its nature. It is on the heap, where the system wants
/// it to stay, and freed when neither the owner nor the thread has this any more.
final class WriterThread: @unchecked Sendable {
    /// Does what there is to do. Returns when to be called again without being woken; nil: not by itself.
    typealias Work = @Sendable () -> NIODeadline?

    private let wakes = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let isEnding = Atomic(false)

    init() {
        sem_init(wakes, 0, 0)
    }

    deinit {
        sem_destroy(wakes)
        wakes.deallocate()
    }

    /// Called once. The thread holds on to `work` until it ends.
    func start(_ work: @escaping Work) {
        let body = Unmanaged.passRetained(Body(thread: self, work: work))
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                crier_name_thread("kv-writer")
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                body.thread.loop(body.work)
                return nil
            }, body.toOpaque())
        precondition(code == 0, "no thread for the key-value store: \(systemMessage(code))")
        pthread_detach(handle)
    }

    /// There is work.
    func wake() { sem_post(wakes) }

    /// The thread ends when it has nothing to do.
    func end() {
        isEnding.store(true, ordering: .releasing)
        sem_post(wakes)
    }

    private func loop(_ work: Work) {
        repeat { sleep(until: work()) } while !isEnding.load(ordering: .acquiring)
        // What came before the end is done.
        _ = work()
    }

    /// Until there was a wake; many of them are one.
    private func sleep(until deadline: NIODeadline?) {
        while wait(until: deadline) == EINTR {}
        while sem_trywait(wakes) == 0 {}
    }

    /// 0, or why it does not wait any more.
    private func wait(until deadline: NIODeadline?) -> CInt {
        guard let deadline else { return sem_wait(wakes) == 0 ? 0 : errno }
        // The clock of NIODeadline: a wall clock that is set must not move what waits.
        return crier_semaphore_wait(wakes, deadline.uptimeNanoseconds)
    }

    private final class Body {
        let thread: WriterThread
        let work: Work

        init(thread: WriterThread, work: @escaping Work) {
            self.thread = thread
            self.work = work
        }
    }
}
