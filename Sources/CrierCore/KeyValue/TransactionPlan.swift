/// What an embedded driver lets a plan read: its entries as they are before the transaction.
public protocol EntryReader: ~Copyable {
    func entry(for key: StoreKey) throws(KeyValueError) -> StoreEntry?

    /// Entries in the scope in order, at most `limit`.
    func entries(in scope: StoreScope, limit: Int) throws(KeyValueError) -> [StoreEntry]
}

/// Decides what a transaction does, so that all embedded drivers decide alike; they only store the changes.
///
/// Everything is decided before anything is stored: a transaction that is refused half-way has done nothing.
public struct TransactionPlan: Sendable {
    public let changes: [StoreChange]
    public let refusal: StoreTransaction.Refusal?
    /// Keys that changed and whose expiry goes on as it was.
    public let keptExpiries: Set<StoreKey>

    /// Throws what `KeyValueStore.submit` says of a transaction that is well-formed.
    ///
    /// - Parameters:
    ///   - accounts: what is there before the transaction, with everything planned before it applied.
    ///   - revision: what the changes will carry if there are any.
    ///   - now: milliseconds since 1970.
    public init(
        _ transaction: StoreTransaction,
        reading reader: borrowing some EntryReader & ~Copyable,
        accounts: StoreAccounts = StoreAccounts(),
        quotas: StoreQuotas = StoreQuotas(),
        revision: UInt64,
        now: Int64
    ) throws(KeyValueError) {
        refusal = try Self.firstRefusal(transaction.guards, reader)
        let writes = refusal == nil ? transaction.then : transaction.otherwise
        var changes: [StoreChange] = []
        changes.reserveCapacity(writes.count)
        var kept = Set<StoreKey>()
        for write in writes {
            if case .put(let key, _, let expiry) = write { try accounts.check(expiry, of: key) }
            if case .increment(let key, _, _) = write { kept.insert(key) }
            try Self.plan(write, reader, revision: revision, now: now, into: &changes)
        }
        try accounts.check(changes, quotas)
        self.changes = changes
        keptExpiries = kept
    }

    /// The end of entries whose time is over, or whose lease is. What was written anew in the meantime stays.
    ///
    /// - Parameter kind: `expire`, or `delete` for a lease that was revoked.
    public init(
        _ ending: ExpirySchedule.Ending,
        as kind: StoreChange.Kind,
        reading reader: borrowing some EntryReader & ~Copyable,
        revision: UInt64
    ) throws(KeyValueError) {
        var changes: [StoreChange] = []
        changes.reserveCapacity(ending.keys.count)
        for key in ending.keys {
            guard let entry = try reader.entry(for: key), ending.ends(entry) else { continue }
            changes.append(kind == .expire ? .expire(entry, revision: revision) : .delete(entry, revision: revision))
        }
        self.changes = changes
        refusal = nil
        keptExpiries = []
    }

    /// The answer, once the changes are stored.
    public func outcome(_ position: StorePosition) -> StoreTransaction.Outcome {
        StoreTransaction.Outcome(succeeded: refusal == nil, position: position, changes: changes, refusal: refusal)
    }

    private static func firstRefusal(
        _ guards: [StoreTransaction.Guard],
        _ reader: borrowing some EntryReader & ~Copyable
    ) throws(KeyValueError) -> StoreTransaction.Refusal? {
        for test in guards {
            let current = try reader.entry(for: test.key)
            if !test.condition.holds(for: current) {
                return StoreTransaction.Refusal(failed: test, current: current)
            }
        }
        return nil
    }

    private static func plan(
        _ write: StoreWrite,
        _ reader: borrowing some EntryReader & ~Copyable,
        revision: UInt64,
        now: Int64,
        into changes: inout [StoreChange]
    ) throws(KeyValueError) {
        switch write {
        case .put(let key, let value, let expiry):
            let previous = try reader.entry(for: key)
            let entry = next(key, value, previous, revision, now, expiry, expiresAt: expiry.end(from: now))
            changes.append(.put(entry, previous: previous))
        case .increment(let key, let amount, let initial):
            let previous = try reader.entry(for: key)
            let sum = try added(amount, to: previous, initial: initial, key)
            let expiry = previous?.expiry ?? .never
            let entry = next(key, .integer(sum), previous, revision, now, expiry, expiresAt: previous?.expiresAt)
            changes.append(.put(entry, previous: previous))
        case .delete(let key):
            guard let previous = try reader.entry(for: key) else { return }
            changes.append(.delete(previous, revision: revision))
        case .deletePrefix(let namespace, let prefix):
            let doomed = try doomedEntries(StoreScope(namespace, prefix: prefix), reader)
            changes.append(contentsOf: doomed.map { .delete($0, revision: revision) })
        }
    }

    private static func next(
        _ key: StoreKey,
        _ value: StoreValue,
        _ previous: StoreEntry?,
        _ revision: UInt64,
        _ now: Int64,
        _ expiry: StoreExpiry,
        expiresAt: Int64?
    ) -> StoreEntry {
        StoreEntry(
            key: key,
            value: value,
            createRevision: previous?.createRevision ?? revision,
            revision: revision,
            version: (previous?.version ?? 0) + 1,
            updatedAt: now,
            expiry: expiry,
            expiresAt: expiresAt
        )
    }

    private static func added(
        _ amount: Int64,
        to previous: StoreEntry?,
        initial: Int64,
        _ key: StoreKey
    ) throws(KeyValueError) -> Int64 {
        var base = initial
        if let previous {
            guard case .integer(let value) = previous.value else {
                throw KeyValueError(
                    .wrongType, "key \(key) holds a \(previous.value.typeName): only an int is incremented")
            }
            base = value
        }
        let (sum, overflow) = base.addingReportingOverflow(amount)
        guard !overflow else {
            throw KeyValueError(.overflow, "key \(key): \(base) plus \(amount) does not fit into 64 bits")
        }
        return sum
    }

    private static func doomedEntries(
        _ scope: StoreScope,
        _ reader: borrowing some EntryReader & ~Copyable
    ) throws(KeyValueError) -> [StoreEntry] {
        let limit = KeyValueLimits.prefixDeletionKeys
        let entries = try reader.entries(in: scope, limit: limit + 1)
        guard entries.count <= limit else {
            throw KeyValueError(.tooLarge, "prefix \"\(scope.prefix)\" has more keys than one deletion takes: \(limit)")
        }
        return entries
    }
}

extension StoreExpiry {
    /// When an entry that was written `now` goes by itself, in milliseconds since 1970.
    fileprivate func end(from now: Int64) -> Int64? {
        guard case .after(let milliseconds) = self else { return nil }
        return now + milliseconds
    }
}

extension ExpirySchedule.Ending {
    fileprivate func ends(_ entry: StoreEntry) -> Bool {
        switch entry.expiry {
        case .never: false
        case .after: lease == nil
        case .lease(let id): lease == id
        }
    }
}
