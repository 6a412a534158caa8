import NIOCore
import Synchronization

/// Wakes the writer of a stream: when its watch has news, from time to time, and when the stream is over.
final class StreamAlarm: Sendable {
    /// Rings at once for the first time. It ends when the stream is over, or the task that reads it is cancelled.
    let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private let over = Atomic<Bool>(false)
    private let timer: RepeatedTask

    init(_ loop: any EventLoop) {
        // However often it rang: one look at the watch finds everything.
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.rings = rings
        self.bell = bell
        let interval = RESTLimits.streamCheckInterval
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bell.yield() }
        bell.yield()
    }

    var isOver: Bool { over.load(ordering: .relaxed) }

    func ring() {
        bell.yield()
    }

    /// Nothing rings any more.
    func end() {
        over.store(true, ordering: .relaxed)
        timer.cancel()
        bell.finish()
    }
}
