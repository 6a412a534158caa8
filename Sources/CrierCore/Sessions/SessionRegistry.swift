import NIOCore
import Synchronization

/// Which session holds which client, on this node: a table behind a few locks, read once a push.
///
/// The newest generation wins, and every removal names the generation that it removes. Decisions fall under the lock
/// of the client's shard; acting on them is the caller's, after it.
final class SessionRegistry: Sendable {
    private final class Shard: Sendable {
        let table = Mutex(RegistryTable())
    }

    private let shards: [Shard]
    private let generations: any GenerationSource

    init(generations: any GenerationSource) {
        self.generations = generations
        shards = (0..<Limits.registryShards).map { _ in Shard() }
    }

    private func shard(of client: ClientID) -> Shard { shards[client.shard(of: shards.count)] }

    /// The session that holds the client now.
    func session(of client: ClientID) -> Session? {
        shard(of: client).table.withLock { $0.sessions[client] }
    }

    /// Lets a client in, or throws ABORTED for a late attempt and RESOURCE_EXHAUSTED for a quarantined clone.
    ///
    /// `make` builds the session from the generation and the attempt that it gets; it runs under the lock, so that
    /// the order of generations is the order in which sessions became the client.
    func admit(
        _ registration: Registration,
        at now: NIODeadline,
        make: (Generation, UInt64) -> Session
    ) throws(GatewayError) -> Admission {
        let result: Result<Admission, GatewayError> = shard(of: registration.client).table
            .withLock { table in
                Result { () throws(GatewayError) in
                    try table.admit(registration, at: now) { attempt in
                        make(generations.next(for: registration.client), attempt)
                    }
                }
            }
        return try result.get()
    }

    /// Takes the session out if it still is the client. False when a newer one is.
    func remove(_ session: Session) -> Bool {
        shard(of: session.client).table.withLock { $0.remove(session) }
    }

    /// The grace of a departed session is over. True when the client has not come back since: it is offline now.
    func settleDeparture(of client: ClientID, generation: Generation, at now: NIODeadline) -> Bool {
        shard(of: client).table.withLock { $0.settleDeparture(of: client, generation: generation, at: now) }
    }

    /// All sessions in no particular order; each shard as it is at one moment.
    var sessions: [Session] {
        shards.flatMap { shard in shard.table.withLock { Array($0.sessions.values) } }
    }

    var count: Int { shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.sessions.count } } }
}

/// What became of an admission.
struct Admission {
    var session: Session
    /// The session whose place was taken; it is retired already, and its loop must be told.
    var superseded: Session?
    /// The client was neither here nor within its grace.
    var isNewcomer: Bool
    /// The last session that the client named is the last that the gateway knew.
    var resumed: Bool
}
