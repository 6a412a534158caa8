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
    }

    private(set) var sessions: [ClientID: Session] = [:]
    private var departed: [ClientID: Departed] = [:]
    private var watches: [ClientID: CloneWatch] = [:]

    mutating func admit(
        _ registration: Registration,
        at now: NIODeadline,
        make: (_ attempt: UInt64) -> Session
    ) throws(GatewayError) -> Admission {
        let holder = sessions[registration.client]
        let last = holder.map(Departed.init) ?? departed[registration.client]
        let attempt = try Self.checkAttempt(of: registration, against: last)
        if let holder { try checkClones(registration, against: holder, at: now) }

        let session = make(attempt)
        sessions[registration.client] = session
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
        guard sessions[session.client]?.generation == session.generation else { return false }
        sessions[session.client] = nil
        departed[session.client] = Departed(session)
        return true
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
        against holder: Session,
        at now: NIODeadline
    ) throws(GatewayError) {
        let newcomer = registration.instance
        guard newcomer.isKnown, holder.instance.isKnown, newcomer != holder.instance else { return }
        makeRoomToWatch(registration.client, at: now)
        let delay = watches[registration.client, default: CloneWatch(now: now)]
            .takeover(by: newcomer, from: holder.instance, at: now)
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

    /// Bounds the watches. Beyond the limit the forgotten ones go; when all are fresh, all of them do: a flood of
    /// take-overs cannot be told from clones any more, and refusing honest clients would be the worse mistake.
    private mutating func makeRoomToWatch(_ client: ClientID, at now: NIODeadline) {
        guard watches.count >= Limits.watchedClientsPerShard, watches[client] == nil else { return }
        watches = watches.filter { !$0.value.isForgotten(at: now) }
        if watches.count >= Limits.watchedClientsPerShard { watches = [:] }
    }
}
