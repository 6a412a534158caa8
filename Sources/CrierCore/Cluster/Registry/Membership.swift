import NIOCore

/// This node's place in the cluster: its lease, its record, and whether it may speak for its clients.
///
/// ```
///          grant                put the node's record             the feed shows it
///   (none) ─────▶ leased ──────────────────────────────▶ entered ───────────────────▶ proven
///      ▲            ▲                                        │                          │
///      │            └── record gone, or time over ◀──────────┴──────────────────────────┘
///      └── the store says that the lease is gone
///
///   displaced: another process has entered under this node's name; waits until it is gone.
/// ```
///
/// The time of a lease counts from when the request was sent: the store's own begins later.
struct Membership {
    /// What is to be done.
    enum Step: Equatable {
        case grant
        case renew(StoreLease.ID)
        case put(StoreTransaction)
    }

    private struct Lease {
        let id: StoreLease.ID
        var until: NIODeadline
        var nextRenewal: NIODeadline
        var renewals = 0
    }

    private static let leaseTime = TimeAmount.milliseconds(RegistryLimits.leaseMilliseconds)
    private static let renewalInterval = TimeAmount.nanoseconds(
        leaseTime.nanoseconds / RegistryLimits.renewalsPerLease)

    /// What the record is to say.
    var wanted: ClusterNode
    private var lease: Lease?
    private var isGranting = false
    private var isPutting = false
    private var mustPut = true
    private var lastPut = NIODeadline.uptimeNanoseconds(0)
    private var retryAt = NIODeadline.uptimeNanoseconds(0)
    private var retries = RetryPause()
    /// The revision at which the record was put since the lease was last doubted; nil: not yet.
    private var enteredAt: UInt64?
    private var hasEntered = false
    private(set) var isDisplaced = false

    init(_ node: ClusterNode) { wanted = node }

    /// The lease's id, to be revoked when the node leaves.
    var leaseID: StoreLease.ID? { lease?.id }

    /// What there is to do now. `record` is the node's own record as the map knows it.
    mutating func steps(_ map: ClusterMap, now: NIODeadline) -> [Step] {
        if let lease, lease.until <= now { enteredAt = nil }
        judge(map.nodes[wanted.id])
        guard retryAt <= now else { return renewal(now).map { [$0] } ?? [] }
        guard lease != nil else {
            guard !isGranting else { return [] }
            isGranting = true
            return [.grant]
        }
        var steps: [Step] = []
        if let step = renewal(now) { steps.append(step) }
        if let step = put(map, now) { steps.append(step) }
        return steps
    }

    /// When `steps` is worth asking again, if nothing else happens.
    func due(_ map: ClusterMap, now: NIODeadline) -> NIODeadline {
        guard let lease else { return isGranting ? .distantFuture : retryAt }
        var due = NIODeadline.distantFuture
        if lease.renewals < RegistryLimits.renewalsInFlight { due = lease.nextRenewal }
        guard lease.until > now else { return due }
        due = min(due, lease.until)
        guard canPut(map) else { return due }
        if mustPut { return min(due, retryAt) }
        return map.nodes[wanted.id]?.node == wanted ? due : min(due, lastPut + RegistryLimits.loadInterval)
    }

    /// Until when the node's sessions count for pushes from other nodes; nil: they do not.
    func provenUntil(_ map: ClusterMap) -> NIODeadline? {
        guard let lease, let enteredAt, let position = map.position, position.revision >= enteredAt, !isDisplaced
        else { return nil }
        return lease.until
    }

    /// The record's revision, if registrations may be made under it.
    func fence(_ map: ClusterMap) -> UInt64? {
        guard enteredAt != nil, let known = map.nodes[wanted.id], known.node.incarnation == wanted.incarnation else {
            return nil
        }
        return known.revision
    }

    // MARK: Answers

    mutating func granted(
        _ result: Result<StoreLease, KeyValueError>, sentAt: NIODeadline, now: NIODeadline, _ random: () -> UInt64
    ) {
        isGranting = false
        switch result {
        case .success(let granted):
            retries = RetryPause()
            lease = Lease(
                id: granted.id,
                until: sentAt + Self.leaseTime,
                nextRenewal: sentAt + Self.renewalInterval
            )
            enteredAt = nil
            mustPut = true
        case .failure:
            retryAt = now + retries.next(random)
        }
    }

    mutating func renewed(
        _ id: StoreLease.ID, _ result: Result<StoreLease, KeyValueError>, sentAt: NIODeadline, now: NIODeadline
    ) {
        guard var renewed = lease, renewed.id == id else { return }
        renewed.renewals -= 1
        switch result {
        case .success:
            renewed.until = max(renewed.until, sentAt + Self.leaseTime)
        case .failure(let error) where error.code == .leaseNotFound:
            return loseLease()
        case .failure:
            // Sooner than after a good one: what is left of the lease's time is used.
            renewed.nextRenewal = now + RegistryLimits.renewalRetry
        }
        lease = renewed
    }

    /// The node's record was put, or not. The map has learned what the answer says.
    mutating func put(
        _ result: Result<StoreTransaction.Outcome, KeyValueError>, now: NIODeadline, _ random: () -> UInt64
    ) {
        isPutting = false
        switch result {
        case .success(let outcome) where outcome.succeeded:
            retries = RetryPause()
            hasEntered = true
            mustPut = false
            // The lease was doubted while the answer was under way: what it says is not known to hold any more.
            guard let lease, lease.until > now else { return mustPut = true }
            // A record that only tells another load changes nothing of what is proven: not until the feed has told of
            // it.
            enteredAt = enteredAt ?? outcome.position.revision
        case .success:
            mustPut = true
        case .failure(let error):
            mustPut = true
            if error.code == .leaseNotFound { loseLease() } else { retryAt = now + retries.next(random) }
        }
    }

    // MARK: -

    private mutating func loseLease() {
        lease = nil
        enteredAt = nil
        mustPut = true
    }

    /// Holds the own record against what is wanted.
    private mutating func judge(_ known: ClusterMap.KnownNode?) {
        let isOurs = known?.node.incarnation == wanted.incarnation
        if known == nil || isOurs { isDisplaced = false }
        if hasEntered, known != nil, !isOurs { isDisplaced = true }
        if !isOurs { enteredAt = nil }
        if enteredAt == nil, !isPutting { mustPut = true }
        if let known, isOurs, known.node.state != wanted.state { mustPut = true }
    }

    private func canPut(_ map: ClusterMap) -> Bool { !isPutting && !isDisplaced && map.position != nil }

    private mutating func renewal(_ now: NIODeadline) -> Step? {
        guard let lease, lease.nextRenewal <= now, lease.renewals < RegistryLimits.renewalsInFlight else { return nil }
        self.lease?.renewals += 1
        self.lease?.nextRenewal = now + Self.renewalInterval
        return .renew(lease.id)
    }

    private mutating func put(_ map: ClusterMap, _ now: NIODeadline) -> Step? {
        guard let lease, lease.until > now, canPut(map) else { return nil }
        if map.nodes[wanted.id]?.node != wanted, lastPut + RegistryLimits.loadInterval <= now { mustPut = true }
        guard mustPut else { return nil }
        isPutting = true
        mustPut = false
        lastPut = now
        let key = RegistryKeys.key(of: wanted.id)
        return .put(
            StoreTransaction(
                if: [StoreTransaction.Guard(key, map.condition(for: key))],
                then: [.put(key, wanted.value, .lease(lease.id))]
            )
        )
    }
}

/// How long to wait after a refusal: doubles with each, half of it by chance, so that nodes do not come all at once.
struct RetryPause {
    private var failures = 0

    mutating func next(_ random: () -> UInt64) -> TimeAmount {
        let doubled = RegistryLimits.firstRetry.nanoseconds << Int64(min(failures, 10))
        failures += 1
        let half = min(doubled, RegistryLimits.longestRetry.nanoseconds) / 2
        return .nanoseconds(half + Int64(random() % UInt64(half)))
    }
}
