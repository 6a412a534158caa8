public import NIOCore

extension Gateway {
    /// Before the node goes: no new clients, and every client gets `Redirect{drain}` with a moment of its own, spread
    /// evenly over `time`; at that moment its stream ends. Returns when all have ended, at once when there are none.
    ///
    /// A second call changes nothing and returns at once.
    public func drain(over time: TimeAmount) async throws {
        let done = loops.map { loop in
            let isDone = loop.eventLoop.makePromise(of: Void.self)
            let phase = Double(loop.index) / Double(loops.count)
            loop.eventLoop.execute { loop.startDraining(over: time, phase: phase, isDone: isDone) }
            return isDone.futureResult
        }
        try await EventLoopFuture.andAllComplete(done, on: loops[0].eventLoop).get()
    }
}
