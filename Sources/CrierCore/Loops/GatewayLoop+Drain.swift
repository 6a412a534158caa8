import NIOCore

/// A loop that its clients leave: who is still to be ended, and when.
struct LoopDrain {
    fileprivate var ends: CircularBuffer<(session: Session, due: NIODeadline)>
    /// Who waits for the end; nil: the clients were not told ahead, and it may be called off.
    fileprivate let isDone: EventLoopPromise<Void>?

    var next: NIODeadline? { ends.first?.due }

    /// No session is left. May be called again; a promise keeps its first result.
    mutating func done() {
        ends = []
        isDone?.succeed()
    }
}

extension GatewayLoop {
    /// Takes no more clients, asks those it has to come back elsewhere, each at a moment of its own, and ends each at
    /// that moment. `phase` (0 to 1) shifts this loop's moments between those of the others.
    func startDraining(over time: TimeAmount, phase: Double, isDone: EventLoopPromise<Void>) {
        eventLoop.assertInEventLoop()
        guard drain?.isDone == nil else { return isDone.succeed() }
        let ends = moments(over: time, phase: phase)
        let targets = context.drainTargets
        let now = eventLoop.now
        for (session, due) in ends {
            send(.redirect(.drain(after: due - now, targets, session)), to: session)
        }
        begin(LoopDrain(ends: ends, isDone: isDone))
    }

    /// The same, but each client is told when its moment has come.
    func startEmptying(over time: TimeAmount, phase: Double) {
        eventLoop.assertInEventLoop()
        guard drain?.isDone == nil else { return }
        begin(LoopDrain(ends: moments(over: time, phase: phase), isDone: nil))
    }

    func stopEmptying() {
        eventLoop.assertInEventLoop()
        guard let drain, drain.isDone == nil else { return }
        self.drain = nil
    }

    private func moments(over time: TimeAmount, phase: Double) -> CircularBuffer<(session: Session, due: NIODeadline)> {
        let now = eventLoop.now
        let step = Double(time.nanoseconds) / Double(max(sessions.count, 1))
        var ends: CircularBuffer<(session: Session, due: NIODeadline)> = []
        for (place, session) in sessions.all.enumerated() {
            ends.append((session, now + .nanoseconds(Int64(step * (Double(place) + phase)))))
        }
        return ends
    }

    private func begin(_ drain: LoopDrain) {
        self.drain = drain
        if sessions.isEmpty { self.drain?.done() }
        wake(by: self.drain?.next ?? .distantFuture)
    }

    func endDrained(at now: NIODeadline) {
        guard let due = drain?.next, due <= now else { return }
        let targets = drain?.isDone == nil ? context.drainTargets : nil
        while let due = drain?.next, due <= now {
            guard let (session, _) = drain?.ends.removeFirst() else { return }
            if let targets { send(.redirect(.drain(after: .zero, targets, session)), to: session) }
            end(session, .drained)
        }
    }
}

extension Redirect {
    fileprivate static func drain(after time: TimeAmount, _ targets: RedirectTargets, _ session: Session) -> Redirect {
        var redirect = Redirect(.drain, after: time)
        redirect.targets = targets.addresses(for: session.generation)
        return redirect
    }
}
