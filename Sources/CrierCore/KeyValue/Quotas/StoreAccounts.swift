/// How much there is, counted as changes go by: what namespaces hold and leases carry. Transactions are planned against
/// it; an embedded driver keeps one.
///
/// A driver that commits several transactions together applies each as soon as it is planned, and reverts all of them,
/// the last one first, when the commit fails.
public struct StoreAccounts: Sendable, Equatable {
    public private(set) var usage: [StoreNamespace: StoreUsage] = [:]
    /// Entries of each lease; a lease that is not here does not exist.
    public private(set) var leases: [StoreLease.ID: Int] = [:]
    /// Entries with an expiry of their own.
    public private(set) var timedEntries = 0

    public init() {}

    /// What a driver remembered of its store when it was closed. Leases without entries are granted afterwards.
    public init(usage: [StoreNamespace: StoreUsage], leaseEntries: [StoreLease.ID: Int], timedEntries: Int) {
        self.usage = usage
        leases = leaseEntries
        self.timedEntries = timedEntries
    }

    /// Counts an entry that was there before the first change, when a driver opens its store.
    public mutating func add(_ entry: StoreEntry) {
        count(entry, 1)
    }

    /// Counts changes that are planned, in order.
    public mutating func apply(_ changes: [StoreChange]) {
        for change in changes { count(from: change.previous, to: change.entry) }
    }

    /// Takes back what `apply` did.
    public mutating func revert(_ changes: [StoreChange]) {
        for change in changes.reversed() { count(from: change.entry, to: change.previous) }
    }

    /// The lease exists from here on. Does nothing when it does already.
    public mutating func grant(_ id: StoreLease.ID) {
        leases[id] = leases[id] ?? 0
    }

    /// The lease does not exist any more; its entries are gone already.
    public mutating func end(_ id: StoreLease.ID) {
        leases[id] = nil
    }

    /// A key's entry becomes another.
    private mutating func count(from old: StoreEntry?, to new: StoreEntry?) {
        // Most writes put a value in the place of one as long: nothing to count, and nothing to look up.
        if let old, let new, old.byteCount == new.byteCount, old.expiry == .never, new.expiry == .never { return }
        if let old { count(old, -1) }
        if let new { count(new, 1) }
    }

    private mutating func count(_ entry: StoreEntry, _ sign: Int) {
        var held = usage[entry.key.namespace] ?? StoreUsage()
        held.keys += sign
        held.bytes += sign * entry.byteCount
        usage[entry.key.namespace] = held == StoreUsage() ? nil : held
        switch entry.expiry {
        case .never: break
        case .after: timedEntries += sign
        case .lease(let id): leases[id, default: 0] += sign
        }
    }
}

extension StoreAccounts {
    /// Throws `leaseNotFound` for an entry that is to go with a lease that does not exist.
    func check(_ expiry: StoreExpiry, of key: StoreKey) throws(KeyValueError) {
        guard case .lease(let id) = expiry, leases[id] == nil else { return }
        throw KeyValueError(
            .leaseNotFound,
            "lease \(id) ran out, was revoked, or never was: key \(key) was not written"
        )
    }

    /// Throws `quota` or `tooLarge` when the changes would be more than is allowed, naming the limit.
    func check(_ changes: [StoreChange], _ quotas: StoreQuotas) throws(KeyValueError) {
        guard !quotas.isUnlimited || changes.contains(where: { $0.entry.map { $0.expiry != .never } ?? false }) else {
            return
        }
        var difference = StoreAccounts()
        difference.apply(changes)
        for (namespace, change) in difference.usage {
            try quotas.check(namespace, is: usage[namespace] ?? StoreUsage(), plus: change)
        }
        for (id, more) in difference.leases where more > 0 {
            let count = (leases[id] ?? 0) + more
            guard count <= KeyValueLimits.leaseEntries else {
                throw KeyValueError(
                    .tooLarge,
                    "lease \(id) would have \(count) entries: at most \(KeyValueLimits.leaseEntries)"
                )
            }
        }
        let timed = timedEntries + difference.timedEntries
        guard difference.timedEntries <= 0 || timed <= KeyValueLimits.timedEntries else {
            throw KeyValueError(
                .quota,
                "\(timed) entries with an expiry of their own: at most \(KeyValueLimits.timedEntries)"
            )
        }
    }
}

extension StoreUsage {
    static func + (left: Self, right: Self) -> Self {
        StoreUsage(keys: left.keys + right.keys, bytes: left.bytes + right.bytes)
    }
}
