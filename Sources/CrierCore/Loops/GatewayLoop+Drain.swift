import NIOCore

/// A loop on its way out: who is still to be ended, and when.
struct LoopDrain {
    fileprivate var ends: CircularBuffer<(session: Session, due: NIODeadline)>
    fileprivate let isDone: EventLoopPromise<Void>

    var next: NIODeadline? { ends.first?.due }

    /// No session is left. May be called again; a promise keeps its first result.
    mutating func done() {
        ends = []
        isDone.succeed()
    }
}

extension GatewayLoop {
    /// Takes no more clients, asks those it has to come back elsewhere, each at a moment of its own, and ends each at
    /// that moment. `phase` (0 to 1) shifts this loop's moments between those of the others.
    func startDraining(over time: TimeAmount, phase: Double, isDone: EventLoopPromise<Void>) {
        eventLoop.assertInEventLoop()
        guard drain == nil else { return isDone.succeed() }
        let now = eventLoop.now
        let step = Double(time.nanoseconds) / Double(max(sessions.count, 1))
        let leaving = sessions.all
        var ends: CircularBuffer<(session: Session, due: NIODeadline)> = []
        for (place, session) in leaving.enumerated() {
            let after = TimeAmount.nanoseconds(Int64(step * (Double(place) + phase)))
            ends.append((session, now + after))
            send(.redirect(Redirect(.drain, after: after)), to: session)
        }
        drain = LoopDrain(ends: ends, isDone: isDone)
        if sessions.isEmpty { drain?.done() }
        wake(by: drain?.next ?? .distantFuture)
    }

    func endDrained(at now: NIODeadline) {
        while let due = drain?.next, due <= now {
            guard let (session, _) = drain?.ends.removeFirst() else { return }
            end(session, .drained)
        }
    }
}
