public import NIOCore

/// What goes when: leases with their entries, and entries with a time of their own. It decides, and the embedded
/// drivers that keep one store: they tell it what they have committed, and ask it what is due.
///
/// Rules for the driver: an end is planned when all that was planned before it is committed and applied; `apply` gets
/// every change, in order.
///
/// Times are of a monotonic clock, passed in: a wall clock that jumps makes nothing expire early. What is due stays due
/// until the driver has committed its end, or something has moved it; so a commit that fails is simply tried again.
public struct ExpirySchedule: Sendable {
    /// What ends together, at one revision.
    public struct Ending: Sendable, Equatable {
        /// The lease that ends; nil: each of the entries ran out by itself.
        public let lease: StoreLease.ID?
        /// In order. What does not expire this way any more when the end is planned stays.
        public let keys: [StoreKey]
    }

    private enum Item: Hashable, Sendable {
        case lease(StoreLease.ID)
        case entry(StoreKey)
    }

    private struct Held {
        let lease: StoreLease
        var keys = Set<StoreKey>()
    }

    private var leases: [StoreLease.ID: Held] = [:]
    private var queue = DeadlineQueue<Item>()
    /// What came up and did not end yet; at most a slice.
    private var due: [Item] = []

    public init() {}

    /// Nothing is due before this; nil: nothing is scheduled. When what is due did not end yet, it is past.
    public var nextDeadline: NIODeadline? { due.contains(where: queue.isUp) ? .distantPast : queue.next }

    // MARK: Leases

    /// Throws `invalid` for a time outside the limits, `quota` when there are too many leases.
    public func checkGrant(milliseconds: Int64) throws(KeyValueError) {
        try StoreLease.validate(milliseconds: milliseconds)
        guard leases.count < KeyValueLimits.leases else {
            throw KeyValueError(.quota, "\(leases.count) leases are granted: at most \(KeyValueLimits.leases)")
        }
    }

    /// The lease exists, and has its whole time from now. Also for what a driver finds when it opens its store.
    public mutating func grant(_ lease: StoreLease, now: NIODeadline) {
        leases[lease.id] = leases[lease.id] ?? Held(lease: lease)
        queue.set(.lease(lease.id), now + .milliseconds(lease.milliseconds))
    }

    /// The whole time again. Throws `leaseNotFound`.
    public mutating func renew(_ id: StoreLease.ID, now: NIODeadline) throws(KeyValueError) -> StoreLease {
        let lease = try lease(id)
        queue.set(.lease(id), now + .milliseconds(lease.milliseconds))
        return lease
    }

    /// Throws `leaseNotFound`.
    public func lease(_ id: StoreLease.ID) throws(KeyValueError) -> StoreLease {
        guard let held = leases[id] else {
            throw KeyValueError(.leaseNotFound, "lease \(id) ran out, was revoked, or never was")
        }
        return held.lease
    }

    /// What goes with the lease when it is revoked now.
    public func revocation(of lease: StoreLease) -> Ending {
        Ending(lease: lease.id, keys: leases[lease.id]?.keys.sorted() ?? [])
    }

    // MARK: Entries

    /// An entry that was there before the first change: it has its whole time from now. Its lease is granted before.
    public mutating func restore(_ entry: StoreEntry, now: NIODeadline) {
        schedule(entry, now)
    }

    /// Changes that are committed.
    ///
    /// - Parameter keeping: keys whose expiry goes on as it was: `TransactionPlan.keptExpiries`.
    public mutating func apply(_ changes: [StoreChange], keeping: Set<StoreKey> = [], now: NIODeadline) {
        for change in changes where change.hasExpiry && !keeping.contains(change.key) {
            if let previous = change.previous { forget(previous) }
            if let entry = change.entry { schedule(entry, now) }
        }
    }

    /// It has ended: its changes are committed and applied. The lease is gone.
    public mutating func finish(_ ending: Ending) {
        if let lease = ending.lease {
            leases[lease] = nil
            queue.remove(.lease(lease))
        } else {
            // For what had no such expiry when the end was planned: it is not to come up again.
            for key in ending.keys { queue.remove(.entry(key)) }
        }
    }

    /// What is to end now: one lease, or up to `KeyValueLimits.expirySliceEntries` entries. nil: nothing is due. The
    /// same again until it is finished or moved.
    public mutating func due(_ now: NIODeadline) -> Ending? {
        due.removeAll { !queue.isUp($0) }
        while due.count < KeyValueLimits.expirySliceEntries, let item = queue.popDue(now) { due.append(item) }
        var keys: [StoreKey] = []
        for item in due {
            switch item {
            case .lease(let id): return Ending(lease: id, keys: leases[id]?.keys.sorted() ?? [])
            case .entry(let key): keys.append(key)
            }
        }
        return keys.isEmpty ? nil : Ending(lease: nil, keys: keys.sorted())
    }

    private mutating func schedule(_ entry: StoreEntry, _ now: NIODeadline) {
        switch entry.expiry {
        case .never: break
        case .after(let milliseconds): queue.set(.entry(entry.key), now + .milliseconds(milliseconds))
        case .lease(let id): leases[id]?.keys.insert(entry.key)
        }
    }

    private mutating func forget(_ entry: StoreEntry) {
        switch entry.expiry {
        case .never: break
        case .after: queue.remove(.entry(entry.key))
        case .lease(let id): leases[id]?.keys.remove(entry.key)
        }
    }
}

extension StoreChange {
    /// Before it or after it: most entries never go by themselves.
    fileprivate var hasExpiry: Bool {
        if let previous, previous.expiry != .never { return true }
        if let entry, entry.expiry != .never { return true }
        return false
    }
}
