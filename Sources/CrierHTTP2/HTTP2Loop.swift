import NIOCore

/// What all HTTP/2 connections of one event loop share: buffers in use only while one of them is at work, one flush for
/// many messages, and one timer.
///
/// Belongs to its event loop.
final class HTTP2Loop {
    let eventLoop: any EventLoop
    let slab = SendBufferSlab()
    let recorder = EventRecorder()
    // Behind pointers and not in objects: each message would count references to both a few times.
    let staging = UnsafeMutablePointer<Staging>.allocate(capacity: 1)
    let output = UnsafeMutablePointer<OutputBuffer>.allocate(capacity: 1)
    /// The time of what the loop is doing now: read once for many messages.
    private(set) var now: NIODeadline

    /// Held by the list of connections, or by `ended`. Unchecked, like `flushing`: what is added is only stored, and
    /// each is walked while the other is added to.
    @exclusivity(unchecked) private var dirty: ContiguousArray<Unmanaged<HTTP2Connection>> = []
    /// Those that are being flushed; empty between turns. Changes places with `dirty`, so that both keep their memory.
    @exclusivity(unchecked) private var flushing: ContiguousArray<Unmanaged<HTTP2Connection>> = []
    private var isFlushScheduled = false
    /// Taken off the list of connections while there is something to flush, which may name them.
    private var ended: ContiguousArray<HTTP2Connection> = []
    private var firstConnection: HTTP2Connection?
    private var sweep: RepeatedTask?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        now = eventLoop.now
        staging.initialize(to: Staging())
        output.initialize(to: OutputBuffer(capacity: 2 * Limit.outputHighWater + Limit.outputSlack))
    }

    deinit {
        staging.deinitialize(count: 1).deallocate()
        output.deinitialize(count: 1).deallocate()
    }

    // MARK: Flushing

    /// Flushes the connection once the loop has done what it is doing now: many messages, one write.
    func flushSoon(_ connection: HTTP2Connection) {
        dirty.append(.passUnretained(connection))
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        readClock()
        eventLoop.assumeIsolated().execute { self.flushDirty() }
    }

    func readClock() { now = eventLoop.now }

    private func flushDirty() {
        isFlushScheduled = false
        swap(&dirty, &flushing)
        // Those that have ended by now can be named by what is flushed now, and by nothing that comes.
        let over = ended
        ended = []
        for index in flushing.indices {
            // Each step needs what the step before has brought.
            if index + 6 < flushing.count { Prefetch.object(flushing[index + 6], bytes: Limit.flushConnectionBytes) }
            if index + 4 < flushing.count {
                flushing[index + 4]._withUnsafeGuaranteedRef { $0.prefetchSession() }
            }
            if index + 2 < flushing.count {
                flushing[index + 2]._withUnsafeGuaranteedRef { $0.prefetchStream() }
            }
            flushing[index]._withUnsafeGuaranteedRef { $0.flush() }
        }
        flushing.removeAll(keepingCapacity: flushing.capacity <= Limit.flushListRetained)
        withExtendedLifetime(over) {}
        if dirty.isEmpty, !ended.isEmpty { ended = [] }
    }

    // MARK: Timers

    func add(_ connection: HTTP2Connection) {
        connection.nextOnLoop = firstConnection
        firstConnection?.previousOnLoop = connection
        firstConnection = connection
        if sweep == nil { startSweeping() }
    }

    func remove(_ connection: HTTP2Connection) {
        let next = connection.nextOnLoop
        let previous = connection.previousOnLoop
        if let previous { previous.nextOnLoop = next } else if firstConnection === connection { firstConnection = next }
        next?.previousOnLoop = previous
        if !dirty.isEmpty || !flushing.isEmpty { ended.append(connection) }
        connection.nextOnLoop = nil
        connection.previousOnLoop = nil
        guard firstConnection == nil else { return }
        sweep?.cancel()
        sweep = nil
    }

    private func startSweeping() {
        let box = NIOLoopBound(self, eventLoop: eventLoop)
        sweep = eventLoop.scheduleRepeatedTask(
            initialDelay: Limit.sweepInterval, delay: Limit.sweepInterval
        ) { _ in box.value.sweepNow() }
    }

    private func sweepNow() {
        let now = eventLoop.now
        var connection = firstConnection
        while let current = connection {
            connection = current.nextOnLoop
            current.checkTimers(now)
        }
    }
}

/// The shared parts of every loop of a group.
struct HTTP2Loops: Sendable {
    private let loops: [ObjectIdentifier: NIOLoopBoundBox<HTTP2Loop>]

    init(_ group: any EventLoopGroup) {
        var loops: [ObjectIdentifier: NIOLoopBoundBox<HTTP2Loop>] = [:]
        for eventLoop in group.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = .makeBoxSendingValue(
                HTTP2Loop(eventLoop: eventLoop), eventLoop: eventLoop
            )
        }
        self.loops = loops
    }

    /// The part of that loop; call it there.
    subscript(eventLoop: any EventLoop) -> HTTP2Loop {
        guard let box = loops[ObjectIdentifier(eventLoop)] else { preconditionFailure("a loop of another group") }
        return box.value
    }
}
