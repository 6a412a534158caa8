import NIOCore

/// A client whose session ended, and who may be back before anybody is told.
struct Departure {
    let client: ClientID
    let generation: Generation
    let due: NIODeadline
}

extension GatewayLoop {
    func depart(_ session: Session) {
        if departures.count >= Limits.departuresPerLoop { settle(departures.removeFirst()) }
        let due = eventLoop.now + context.settings.presenceGrace
        departures.append(Departure(client: session.client, generation: session.generation, due: due))
        wake(by: due)
    }

    func settleDepartures(at now: NIODeadline) {
        while let first = departures.first, first.due <= now { settle(departures.removeFirst()) }
    }

    private func settle(_ departure: Departure) {
        let (client, generation) = (departure.client, departure.generation)
        if context.registry.settleDeparture(of: client, generation: generation, at: eventLoop.now) {
            context.changed(client, .offline, generation)
        }
    }
}
