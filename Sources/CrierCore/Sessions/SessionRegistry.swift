import NIOCore
import Synchronization

/// Which session holds which client, on this node: a table behind a few locks, read once a push.
///
/// The newest generation wins, and every removal names the generation that it removes. Decisions fall under the lock
/// of the client's shard; acting on them is the caller's, after it.
final class SessionRegistry: Sendable {
    /// A lock and what it guards, far enough from the next that two loops do not wait for each other's cache line.
    private struct Shard: ~Copyable {
        let table = Mutex(RegistryTable())
        private let padding: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    }

    // With 16 of them even 64 loops seldom meet at one. In place and not one object each: the look-up of a push would
    // count references to it, with all loops at once.
    private let shards: InlineArray<16, Shard>
    private let generations: any GenerationSource
    /// Who holds which client elsewhere; nil: there is no cluster.
    private let routes: RouteTable?

    init(generations: any GenerationSource, routes: RouteTable? = nil) {
        self.generations = generations
        self.routes = routes
        shards = InlineArray { _ in Shard() }
    }

    private func shard(of client: ClientID) -> Int { client.shard(of: shards.count) }

    /// Where the session lives that holds the client now.
    func route(to client: ClientID) -> SessionRoute? {
        shards[shard(of: client)].table.withLock { $0.route(to: client) }
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
        let result: Result<Admission, GatewayError> = shards[shard(of: registration.client)].table
            .withLock { table in
                Result { () throws(GatewayError) in
                    let remote = routes?.remote(registration.client)
                    return try table.admit(registration, remote: remote, at: now) { attempt in
                        make(generations.next(for: registration.client), attempt)
                    }
                }
            }
        return try result.get()
    }

    /// Takes the session out if it still is the client. False when a newer one is.
    func remove(_ session: Session) -> Bool {
        shards[shard(of: session.client)].table.withLock { $0.remove(session) }
    }

    /// The grace of a departed session is over. True when the client has not come back since, neither here nor on
    /// another node: it is offline now.
    func settleDeparture(of client: ClientID, generation: Generation, at now: NIODeadline) -> Bool {
        let isGone = shards[shard(of: client)].table
            .withLock { $0.settleDeparture(of: client, generation: generation, at: now) }
        return isGone && routes?.remote(client) == nil
    }

    /// On another node an instance of the client took it from another: clones fight across nodes, too.
    func tookOver(_ client: ClientID, by newcomer: InstanceID, from holder: InstanceID, at now: NIODeadline) {
        shards[shard(of: client)].table.withLock { $0.tookOver(client, by: newcomer, from: holder, at: now) }
    }

    /// All sessions in no particular order; each shard as it is at one moment.
    var sessions: [Session] {
        shards.indices.flatMap { shard in shards[shard].table.withLock { $0.sessions } }
    }

    var count: Int { shards.indices.reduce(0) { sum, shard in sum + shards[shard].table.withLock { $0.count } } }
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
