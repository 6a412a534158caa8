import Glibc
import NIOCore

/// One thread that does work whenever there is some, and sleeps until it is woken or a time comes.
///
/// `@unchecked Sendable`: `isAwake` and `isEnding` are used under `mutex` alone; the rest never changes. The mutex and
/// the condition are on the heap, where the system wants them to stay, and freed when neither the owner nor the thread
/// has this any more.
final class WriterThread: @unchecked Sendable {
    /// Does what there is to do. Returns when to be called again without being woken; nil: not by itself.
    typealias Work = @Sendable () -> NIODeadline?

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isAwake = false
    private var isEnding = false

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The clock of NIODeadline: a wall clock that is set must not move what waits.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Called once. The thread holds on to `work` until it ends.
    func start(_ work: @escaping Work) {
        let body = Unmanaged.passRetained(Body(thread: self, work: work))
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                body.thread.loop(body.work)
                return nil
            }, body.toOpaque())
        precondition(code == 0, "no thread for the key-value store: \(systemMessage(code))")
        pthread_detach(handle)
    }

    /// There is work.
    func wake() {
        pthread_mutex_lock(mutex)
        isAwake = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// The thread ends when it has nothing to do.
    func end() {
        pthread_mutex_lock(mutex)
        isEnding = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    private func loop(_ work: Work) {
        while sleep(until: work()) {}
    }

    /// False: it is to end.
    private func sleep(until deadline: NIODeadline?) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isAwake, !isEnding {
            guard let deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            let nanoseconds = deadline.uptimeNanoseconds
            var time = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { break }
        }
        if !isAwake, isEnding { return false }
        isAwake = false
        return true
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
