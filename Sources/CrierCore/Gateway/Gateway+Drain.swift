public import NIOCore

extension Gateway {
    /// Before the process ends: no new clients, and every client gets `Redirect{drain}` with a moment of its own,
    /// spread evenly over `time`; at that moment its stream ends. Returns when all have ended, at once when there are
    /// none.
    ///
    /// A second call changes nothing and returns at once. One that comes while an operator drains the node takes over.
    public func drain(over time: TimeAmount) async throws {
        let done = loops.map { loop in
            let isDone = loop.eventLoop.makePromise(of: Void.self)
            let phase = phase(of: loop)
            loop.eventLoop.execute { loop.startDraining(over: time, phase: phase, isDone: isDone) }
            return isDone.futureResult
        }
        try await EventLoopFuture.andAllComplete(done, on: loops[0].eventLoop).get()
    }

    /// An operator takes the node out of work: the same, but each client is told only when its moment has come, so that
    /// it can be called off. Returns at once. Changes nothing while the node ends.
    func empty(over time: TimeAmount) {
        for loop in loops {
            let phase = phase(of: loop)
            loop.eventLoop.execute { loop.startEmptying(over: time, phase: phase) }
        }
    }

    /// Calls `empty` off: clients are taken again, and those that were not told to go stay.
    func stopEmptying() {
        for loop in loops { loop.eventLoop.execute { loop.stopEmptying() } }
    }

    private func phase(of loop: GatewayLoop) -> Double { Double(loop.index) / Double(loops.count) }
}
