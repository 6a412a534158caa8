import NIOCore

/// One shard of the registry: plain values, no lock, no time of its own.
struct RegistryTable {
    /// The last session of a client that has left a short while ago.
    private struct Departed {
        var generation: Generation
        var session: SessionID
        var instance: InstanceID
        var attempt: UInt64

        init(_ session: Session) {
            generation = session.generation
            self.session = session.id
            instance = session.instance
            attempt = session.attempt
        }

        init(_ entry: RouteEntry) {
            generation = entry.generation
            session = entry.session
            instance = entry.instance
            attempt = entry.attempt
        }
    }

    private struct Holder {
        let session: Session
        /// The session's, at hand: a push reads this and leaves the session alone.
        let route: SessionRoute
    }

    private var holders: ContiguousArray<Holder> = []
    /// Where in `holders` a client's session is.
    private var places: [ClientID: Int32] = [:]
    private var departed: [ClientID: Departed] = [:]
    private var watches: [ClientID: CloneWatch] = [:]

    /// `remote` is the client's record of another node, if one holds it.
    mutating func admit(
        _ registration: Registration,
        remote: RouteEntry?,
        at now: NIODeadline,
        make: (_ attempt: UInt64) -> Session
    ) throws(GatewayError) -> Admission {
        let holder = session(of: registration.client)
        var last = holder.map(Departed.init) ?? departed[registration.client]
        if let remote, remote.generation > last?.generation ?? Generation(rawValue: 0) { last = Departed(remote) }
        let attempt = try Self.checkAttempt(of: registration, against: last)
        if holder != nil || remote != nil, let last { try checkClones(registration, against: last.instance, at: now) }

        let session = make(attempt)
        hold(session)
        departed[registration.client] = nil
        holder?.retire()
        return Admission(
            session: session,
            superseded: holder,
            isNewcomer: last == nil,
            resumed: last != nil && registration.lastSession == last?.session
        )
    }

    mutating func remove(_ session: Session) -> Bool {
        guard let place = places[session.client], holders[Int(place)].route.generation == session.generation else {
            return false
        }
        release(place, session.client)
        departed[session.client] = Departed(session)
        return true
    }

    var count: Int { holders.count }

    var sessions: [Session] { holders.map(\.session) }

    func route(to client: ClientID) -> SessionRoute? { places[client].map { holders[Int($0)].route } }

    private func session(of client: ClientID) -> Session? { places[client].map { holders[Int($0)].session } }

    private mutating func hold(_ session: Session) {
        let holder = Holder(session: session, route: session.route)
        if let place = places[session.client] {
            holders[Int(place)] = holder
        } else {
            places[session.client] = Int32(holders.count)
            holders.append(holder)
        }
    }

    /// The last holder takes the place.
    private mutating func release(_ place: Int32, _ client: ClientID) {
        places[client] = nil
        let last = holders.removeLast()
        guard Int(place) < holders.count else { return }
        holders[Int(place)] = last
        places[last.session.client] = place
    }

    mutating func settleDeparture(of client: ClientID, generation: Generation, at now: NIODeadline) -> Bool {
        guard departed[client]?.generation == generation else { return false }
        departed[client] = nil
        if watches[client]?.isForgotten(at: now) == true { watches[client] = nil }
        return true
    }

    /// Returns the attempt to store: a session that does not tell its attempt does not lower its instance's.
    private static func checkAttempt(
        of registration: Registration,
        against last: Departed?
    ) throws(GatewayError) -> UInt64 {
        guard let last, registration.instance.isKnown, last.instance == registration.instance else {
            return registration.attempt
        }
        guard registration.attempt == 0 || registration.attempt > last.attempt else {
            throw GatewayError(
                .aborted,
                field: "attempt",
                "attempt \(registration.attempt) of this instance is late: attempt \(last.attempt) came before it"
            )
        }
        return max(registration.attempt, last.attempt)
    }

    private mutating func checkClones(
        _ registration: Registration,
        against holder: InstanceID,
        at now: NIODeadline
    ) throws(GatewayError) {
        let newcomer = registration.instance
        guard newcomer.isKnown, holder.isKnown, newcomer != holder else { return }
        makeRoomToWatch(registration.client, at: now)
        let delay = watches[registration.client, default: CloneWatch(now: now)]
            .takeover(by: newcomer, from: holder, at: now)
        guard let delay else { return }
        throw GatewayError(
            .resourceExhausted,
            field: "client_id",
            """
            client_id is held by another instance, and two of them take it from each other; \
            come back in \(delay.nanoseconds / 1_000_000) ms, or give one of them an id of its own
            """,
            retryAfter: delay
        )
    }

    /// A take-over on another node.
    mutating func tookOver(_ client: ClientID, by newcomer: InstanceID, from holder: InstanceID, at now: NIODeadline) {
        makeRoomToWatch(client, at: now)
        watches[client, default: CloneWatch(now: now)].note(by: newcomer, from: holder, at: now)
    }

    /// Bounds the watches. Beyond the limit the forgotten ones go; when all are fresh, all of them do: a flood of
    /// take-overs cannot be told from clones any more, and refusing honest clients would be the worse mistake.
    private mutating func makeRoomToWatch(_ client: ClientID, at now: NIODeadline) {
        guard watches.count >= Limits.watchedClientsPerShard, watches[client] == nil else { return }
        watches = watches.filter { !$0.value.isForgotten(at: now) }
        if watches.count >= Limits.watchedClientsPerShard { watches = [:] }
    }
}
