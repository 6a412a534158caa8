import NIOCore

/// The one timer of a loop. All that has a time on this loop is looked at by `tick`; no client has a timer of its own.
struct LoopTimer {
    var scheduled: Scheduled<Void>?
    var due = NIODeadline.distantFuture
}

/// Where the look at all sessions stands.
struct SweepState {
    /// When the next one begins.
    var due = NIODeadline.distantFuture
    /// Sessions below this place are still to be looked at in this one; 0: none is under way.
    var remaining = 0
}

extension GatewayLoop {
    /// Makes sure that `tick` runs at that time or before.
    func wake(by deadline: NIODeadline) {
        guard deadline < timer.due else { return }
        timer.scheduled?.cancel()
        timer.due = deadline
        timer.scheduled = eventLoop.scheduleTask(deadline: deadline) { self.tick() }
    }

    func startSweeping() {
        coarseTime = eventLoop.now.uptimeNanoseconds
        sweep.due = eventLoop.now + context.settings.sweepInterval
        wake(by: sweep.due)
    }

    private func tick() {
        timer = LoopTimer()
        let now = eventLoop.now
        coarseTime = now.uptimeNanoseconds
        settleDepartures(at: now)
        if !waits.isEmpty { giveUp(waits.removeExpired(at: now), because: "the time to wait is over") }
        endDrained(at: now)
        sweepSessions(at: now)
        context.metrics.add(&tally)
        wake(by: nextDue(after: now))
    }

    private func nextDue(after now: NIODeadline) -> NIODeadline {
        var due = NIODeadline.distantFuture
        if let first = departures.first { due = min(due, first.due) }
        if !waits.isEmpty { due = min(due, now + Limits.ackWaitGranularity) }
        if let first = drain?.next { due = min(due, first) }
        if sweep.remaining > 0 { due = min(due, now) } else if !sessions.isEmpty { due = min(due, sweep.due) }
        return due
    }

    /// Looks at one slice of the sessions. From the end downwards: what comes or goes meanwhile changes no place.
    private func sweepSessions(at now: NIODeadline) {
        if sweep.remaining == 0 {
            guard sweep.due <= now else { return }
            sweep.remaining = sessions.placeCount
            sweep.due = now + context.settings.sweepInterval
        }
        var slice = Limits.sweepSlice
        while sweep.remaining > 0, slice > 0 {
            sweep.remaining = min(sweep.remaining, sessions.placeCount) - 1
            slice -= 1
            guard sweep.remaining >= 0, let session = sessions[sweep.remaining] else { continue }
            if let reason = fault(of: session, at: now) { end(session, reason) }
        }
        sweep.remaining = max(sweep.remaining, 0)
    }

    private func fault(of session: Session, at now: NIODeadline) -> SessionEnd? {
        let silence = context.settings.silenceLimit
        if session.hasBeaten, session.lastHeard + silence <= now { return .silent(silence) }
        guard session.mayBeStalled else { return nil }
        guard let since = session.outlet?.stalledSince else {
            session.mayBeStalled = false
            return nil
        }
        let stall = context.settings.stallLimit
        return since + stall <= now ? .stalled(stall) : nil
    }
}
