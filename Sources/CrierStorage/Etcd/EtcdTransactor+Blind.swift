import CrierCore
import CrierMessages

/// Transactions that etcd can decide alone: one round trip when they go through.
extension EtcdTransactor {
    /// Whether puts and deletions under conditions that etcd knows are all there is.
    func canBeBlind(_ transaction: StoreTransaction) -> Bool {
        let isComparable = transaction.guards.allSatisfy { test in
            if case .value = test.condition { false } else { true }
        }
        let isSimple = transaction.then.allSatisfy { write in
            switch write {
            case .put, .delete: true
            case .deletePrefix, .increment: false
            }
        }
        return isComparable && isSimple && !transaction.then.isEmpty && namespacesWithQuota(transaction.then).isEmpty
            && transaction.then.leases.allSatisfy { !leases.isNearLimit($0.key, plus: $0.value) }
    }

    /// One request: does `then`, or finds out what is there.
    func attemptBlind(_ transaction: StoreTransaction) async throws(KeyValueError) -> Attempt {
        let now = clock.milliseconds
        let attached = try await EtcdAttachment(transaction.then, timed)
        let keys = transaction.keys(of: transaction.then).sorted()
        let request = Etcd.TxnRequest(
            compare: [unchangedEpoch] + transaction.guards.map { $0.comparison(layout) }
                + transaction.then.compactMap { $0.notLeased(layout) },
            success: transaction.then.map { $0.blindRequest(now, attached, layout) },
            failure: ranges(keys)
        )
        guard let found = try await write(request, transaction.then, attached) else { return .changed(nil) }
        guard found.answer.succeeded else {
            return .changed(try snapshot(found.answer.responses, keys, found.position))
        }
        let changes = try self.changes(transaction.then, found, now: now)
        return .done(
            StoreTransaction.Outcome(succeeded: true, position: found.position, changes: changes, refusal: nil)
        )
    }

    /// True while the store is the one that we know.
    var unchangedEpoch: Etcd.Compare {
        Etcd.Compare(target: .modRevision(cluster.identity.epochRevision), key: layout.epoch)
    }

    private func changes(
        _ writes: [StoreWrite],
        _ found: EtcdAnswered<Etcd.TxnResponse>,
        now: Int64
    ) throws(KeyValueError) -> [StoreChange] {
        guard found.answer.responses.count == writes.count else {
            throw KeyValueError(
                .indeterminate, "etcd answered \(found.answer.responses.count) of \(writes.count) writes")
        }
        let revision = found.position.revision
        var changes: [StoreChange] = []
        changes.reserveCapacity(writes.count)
        for (write, response) in zip(writes, found.answer.responses) {
            switch (write, response.kind) {
            case (.put(let key, let value, let expiry), .put(let put)):
                let previous = put.previous.flatMap { EtcdEntryCoder.decode($0, key) }
                let entry = StoreEntry(
                    key, value, expiry, now: now, revision, create: put.previous?.createRevision,
                    version: put.previous?.version
                )
                changes.append(.put(entry, previous: previous))
            case (.delete(let key), .deleteRange(let deletion)):
                guard let previous = deletion.previous.first.flatMap({ EtcdEntryCoder.decode($0, key) }) else {
                    continue
                }
                changes.append(.delete(previous, revision: revision))
            default:
                throw KeyValueError(.indeterminate, "etcd answered something else than what was asked for")
            }
        }
        return changes
    }
}

extension StoreTransaction.Guard {
    fileprivate func comparison(_ layout: EtcdLayout) -> Etcd.Compare {
        let key = layout.bytes(key)
        return switch condition {
        case .absent: Etcd.Compare(target: .version(0), key: key)
        case .present: Etcd.Compare(result: .greater, target: .version(0), key: key)
        case .revision(let revision):
            // No entry is at revision 0, which is what an absent key has.
            Etcd.Compare(
                target: .modRevision(revision == 0 ? -1 : Int64(clamping: revision)), key: key
            )
        case .value: preconditionFailure("such a transaction is not blind")
        }
    }
}

extension StoreWrite {
    /// An entry that would expire is deleted with a note that it did not; that it would must be known before.
    fileprivate func notLeased(_ layout: EtcdLayout) -> Etcd.Compare? {
        guard case .delete(let key) = self else { return nil }
        return Etcd.Compare(target: .lease(0), key: layout.bytes(key))
    }

    fileprivate func blindRequest(
        _ now: Int64,
        _ attached: EtcdAttachment,
        _ layout: EtcdLayout
    ) -> Etcd.RequestOp {
        switch self {
        case .put(let key, let value, let expiry):
            let entry = StoreEntry(key, value, expiry, now: now, 0, create: nil, version: nil)
            return Etcd.RequestOp(
                .put(
                    Etcd.PutRequest(
                        key: layout.bytes(key),
                        value: EtcdEntryCoder.encode(entry),
                        lease: attached.lease(expiry),
                        previous: true
                    )
                )
            )
        case .delete(let key):
            return Etcd.RequestOp(.deleteRange(Etcd.DeleteRangeRequest(key: layout.bytes(key), previous: true)))
        case .deletePrefix, .increment:
            preconditionFailure("such a transaction is not blind")
        }
    }
}

extension StoreEntry {
    /// What a put makes of what was there.
    fileprivate init(
        _ key: StoreKey,
        _ value: StoreValue,
        _ expiry: StoreExpiry,
        now: Int64,
        _ revision: UInt64,
        create: Int64?,
        version: Int64?
    ) {
        var expiresAt: Int64?
        if case .after(let milliseconds) = expiry { expiresAt = now + milliseconds }
        self.init(
            key: key,
            value: value,
            createRevision: create.map { UInt64(bitPattern: $0) } ?? revision,
            revision: revision,
            version: UInt64(bitPattern: version ?? 0) + 1,
            updatedAt: now,
            expiry: expiry,
            expiresAt: expiresAt
        )
    }
}
