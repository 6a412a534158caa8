import NIOCore

/// Keeps the records of this node's clients as they should be: what is wanted is held against the map, and what differs
/// is written, in batches, under guards.
///
/// A write asks that this node's own record still is as it was known, so that the late batch of a process that was
/// stopped does nothing, and that the client's record is as the map knew it. A removal names the revision that it
/// removes.
struct Registrar {
    /// Something that is written for a client.
    enum Operation: Equatable {
        case register(LocalSession)
        case remove(Generation, revision: UInt64)
    }

    /// A transaction under way.
    struct Batch {
        let operations: [(client: ClientID, operation: Operation)]
        let transaction: StoreTransaction
    }

    private struct Local {
        /// The session that holds the client here; nil: none, and its record is to go.
        var session: LocalSession?
        /// The session was told to end: nothing is written for it any more.
        var isEnding = false
        var isQueued = false
        var isInFlight = false
    }

    private let node: NodeID
    private let incarnation: Incarnation
    private var locals: [ClientID: Local] = [:]
    private var registrations: CircularBuffer<ClientID> = []
    private var removals: CircularBuffer<ClientID> = []
    private var oldest: NIODeadline?
    private var batches: [UInt64: Batch] = [:]
    private var nextBatch: UInt64 = 0
    private var retryAt = NIODeadline.uptimeNanoseconds(0)
    private var retries = RetryPause()
    /// When the next transaction would be due if all went out at the full rate.
    private var nextSlot = NIODeadline.uptimeNanoseconds(0)

    init(_ node: NodeID, _ incarnation: Incarnation) {
        self.node = node
        self.incarnation = incarnation
    }

    /// Clients with something still to be written, or on its way.
    var backlog: Int { registrations.count + removals.count + batches.values.reduce(0) { $0 + $1.operations.count } }

    /// How many clients this node has.
    private(set) var sessionCount = 0

    /// This node's clients.
    var sessions: [LocalSession] { locals.values.compactMap(\.session) }

    func session(of client: ClientID) -> LocalSession? { locals[client]?.session }

    // MARK: What is wanted

    mutating func started(_ session: LocalSession, _ map: ClusterMap, now: NIODeadline) {
        var local = locals[session.client] ?? Local()
        if let known = local.session, known.generation >= session.generation { return }
        if local.session == nil { sessionCount += 1 }
        local.session = session
        local.isEnding = false
        locals[session.client] = local
        review(session.client, map, now: now)
    }

    mutating func ended(_ client: ClientID, _ generation: Generation, _ map: ClusterMap, now: NIODeadline) {
        guard locals[client]?.session?.generation == generation else { return }
        sessionCount -= 1
        locals[client]?.session = nil
        locals[client]?.isEnding = false
        review(client, map, now: now)
    }

    /// The session is told to end because of another node's.
    mutating func stop(_ client: ClientID, _ generation: Generation) {
        guard locals[client]?.session?.generation == generation else { return }
        locals[client]?.isEnding = true
    }

    /// Whether the session is one that still counts.
    func isOpen(_ session: LocalSession) -> Bool {
        locals[session.client].map { $0.session == session && !$0.isEnding } ?? false
    }

    /// Queues the client if something about it is to be written; forgets it if nothing is left to do.
    mutating func review(_ client: ClientID, _ map: ClusterMap, now: NIODeadline) {
        var local = locals[client] ?? Local()
        let operation = operation(for: client, local, map)
        if operation != nil, !local.isQueued, !local.isInFlight {
            local.isQueued = true
            if case .register = operation { registrations.append(client) } else { removals.append(client) }
            if oldest == nil { oldest = now }
        }
        let isIdle = operation == nil && local.session == nil && !local.isQueued && !local.isInFlight
        locals[client] = isIdle ? nil : local
    }

    private func operation(for client: ClientID, _ local: Local, _ map: ClusterMap) -> Operation? {
        let known = map.routes[client]
        let isOurs = known.map { $0.owner.node == node && $0.owner.incarnation == incarnation } ?? false
        guard let session = local.session else {
            guard let known, isOurs else { return nil }
            return .remove(known.generation, revision: known.revision)
        }
        if local.isEnding || isOurs && known?.generation == session.generation { return nil }
        return .register(session)
    }

    // MARK: Batches

    /// When the next batch may go, if nothing else happens; distant when there is none.
    func due(now: NIODeadline) -> NIODeadline {
        guard let oldest, batches.count < RegistryLimits.transactionsInFlight else { return .distantFuture }
        let isFull = registrations.count + removals.count >= RegistryLimits.batchClients
        return max(isFull ? now : oldest + RegistryLimits.batchDelay, retryAt, nextSlot - Self.burst)
    }

    private static let spacing = TimeAmount.nanoseconds(1_000_000_000 / RegistryLimits.transactionsPerSecond)
    private static let burst = spacing * RegistryLimits.transactionBurst

    /// The next batch, if it is time for one. `contest` hears of each session that meets another node's record, and
    /// says whether it may replace it.
    mutating func nextBatch(
        fence: UInt64,
        _ map: ClusterMap,
        now: NIODeadline,
        contest: (LocalSession, RouteEntry) -> Bool
    ) -> (id: UInt64, batch: Batch)? {
        guard due(now: now) <= now else { return nil }
        var operations: [(client: ClientID, operation: Operation)] = []
        while operations.count < RegistryLimits.batchClients, let client = nextClient() {
            guard var local = locals[client] else { continue }
            local.isQueued = false
            locals[client] = local
            guard let operation = operation(for: client, local, map) else {
                review(client, map, now: now)
                continue
            }
            if case .register(let session) = operation, let theirs = map.routes[client],
                theirs.owner.node != node || theirs.owner.incarnation != incarnation, !contest(session, theirs)
            {
                locals[client]?.isEnding = true
                continue
            }
            locals[client]?.isInFlight = true
            operations.append((client, operation))
        }
        oldest = registrations.isEmpty && removals.isEmpty ? nil : now
        guard !operations.isEmpty else { return nil }
        nextSlot = max(nextSlot, now) + Self.spacing
        let batch = Batch(operations: operations, transaction: transaction(operations, fence, map))
        nextBatch += 1
        batches[nextBatch] = batch
        return (nextBatch, batch)
    }

    /// Who comes goes before who leaves: a removal that is late harms nobody.
    private mutating func nextClient() -> ClientID? {
        registrations.popFirst() ?? removals.popFirst()
    }

    private func transaction(
        _ operations: [(client: ClientID, operation: Operation)],
        _ fence: UInt64,
        _ map: ClusterMap
    ) -> StoreTransaction {
        var transaction = StoreTransaction(
            if: [StoreTransaction.Guard(RegistryKeys.key(of: node), .revision(fence))], then: [])
        for (client, operation) in operations {
            let key = RegistryKeys.key(of: client)
            switch operation {
            case .register(let session):
                transaction.guards.append(StoreTransaction.Guard(key, map.condition(for: key)))
                transaction.then.append(.put(key, record(session).value))
            case .remove(_, let revision):
                transaction.guards.append(StoreTransaction.Guard(key, .revision(revision)))
                transaction.then.append(.delete(key))
            }
        }
        return transaction
    }

    private func record(_ session: LocalSession) -> ClientRecord {
        ClientRecord(
            node: node,
            incarnation: incarnation,
            session: session.session,
            generation: session.generation,
            instance: session.instance,
            attempt: session.attempt,
            connectedAt: session.connectedAt
        )
    }

    /// The answer to a batch, after the map has learned what it says: its clients are looked at again.
    mutating func answered(
        _ id: UInt64,
        _ result: Result<StoreTransaction.Outcome, KeyValueError>,
        _ map: ClusterMap,
        now: NIODeadline,
        _ random: () -> UInt64
    ) {
        guard let batch = batches.removeValue(forKey: id) else { return }
        if case .failure = result { retryAt = now + retries.next(random) } else { retries = RetryPause() }
        for (client, _) in batch.operations {
            locals[client]?.isInFlight = false
            review(client, map, now: now)
        }
    }

    // MARK: Audit

    /// Every client with something known about it here.
    var clients: [ClientID] { Array(locals.keys) }
}
