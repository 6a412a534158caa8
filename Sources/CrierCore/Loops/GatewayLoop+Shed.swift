import NIOCore

extension Gateway {
    /// Sends so many clients to other nodes, from all loops alike.
    func shed(_ count: Int, _ targets: RedirectTargets) {
        guard !targets.isEmpty else { return }
        for (place, loop) in loops.enumerated() {
            let share = count / loops.count + (place < count % loops.count ? 1 : 0)
            if share > 0 { loop.eventLoop.execute { loop.shed(share, targets) } }
        }
    }
}

extension GatewayLoop {
    /// Sends so many clients elsewhere, if there are as many that have been here for a while, and wait for nothing.
    /// Each hears where to go, and its stream ends.
    func shed(_ count: Int, _ targets: RedirectTargets) {
        eventLoop.assertInEventLoop()
        guard drain == nil else { return }
        let oldest = context.environment.wallClock() - LifeLimits.shedAge.nanoseconds / 1_000_000
        var left = count
        // On from where the last one ended, so that it does not hit the same places again and again.
        for _ in 0..<sessions.placeCount where left > 0 {
            // The last session ends with its table.
            let count = sessions.placeCount
            guard count > 0 else { return }
            shedPlace = (1...count).contains(shedPlace) ? shedPlace - 1 : count - 1
            guard let session = sessions[shedPlace], session.connectedAt <= oldest, session.awaitedAcks == 0 else {
                continue
            }
            left -= 1
            var redirect = Redirect(.rebalance)
            redirect.targets = targets.addresses(for: session.generation)
            send(.redirect(redirect), to: session)
            end(session, .rebalanced)
        }
    }
}
