import CrierCore
import CrierMessages

/// A decision that is to be written while it is still right.
struct EtcdCommit {
    let transaction: StoreTransaction
    /// What of it is done.
    let branch: [StoreWrite]
    let snapshot: EtcdSnapshot
    let plan: TransactionPlan
    let now: Int64

    init(
        _ transaction: StoreTransaction,
        _ branch: [StoreWrite],
        _ snapshot: EtcdSnapshot,
        _ plan: TransactionPlan,
        now: Int64
    ) {
        self.transaction = transaction
        self.branch = branch
        self.snapshot = snapshot
        self.plan = plan
        self.now = now
    }

    var keys: [StoreKey] { transaction.keys(of: branch).sorted() }

    var scopes: [StoreScope] { branch.compactMap(\.scope) }

    /// That nothing of what was read has changed.
    func comparisons(_ layout: EtcdLayout) -> [Etcd.Compare] {
        keys.map { snapshot.unchanged($0, layout) } + scopes.map { snapshot.unchanged($0, layout) }
            + snapshot.usage.map { namespace, noted in
                Etcd.Compare(target: .modRevision(noted.revision), key: layout.usage(of: namespace))
            }
    }

    /// One for each write that changes something, in order; then what is noted beside them.
    func requests(_ attached: EtcdAttachment, _ layout: EtcdLayout) -> [Etcd.RequestOp] {
        var requests: [Etcd.RequestOp] = []
        var planned: [StoreKey: StoreEntry] = [:]
        for change in plan.changes { planned[change.key] = change.entry }
        for write in branch {
            switch write {
            case .put(let key, _, _), .increment(let key, _, _):
                guard let entry = planned[key] else { continue }
                let isKept = plan.keptExpiries.contains(key) && snapshot.entry(for: key) != nil
                requests.append(
                    Etcd.RequestOp(
                        .put(
                            Etcd.PutRequest(
                                key: layout.bytes(key),
                                value: EtcdEntryCoder.encode(entry),
                                lease: isKept ? 0 : attached.lease(entry.expiry),
                                ignoreLease: isKept
                            )
                        )
                    )
                )
            case .delete(let key):
                guard snapshot.entry(for: key) != nil else { continue }
                requests.append(Etcd.RequestOp(.deleteRange(Etcd.DeleteRangeRequest(key: layout.bytes(key)))))
            case .deletePrefix(let namespace, let prefix):
                let range = layout.range(StoreScope(namespace, prefix: prefix))
                requests.append(
                    Etcd.RequestOp(.deleteRange(Etcd.DeleteRangeRequest(key: range.start, rangeEnd: range.end)))
                )
            }
        }
        return requests + notes(layout)
    }

    private func notes(_ layout: EtcdLayout) -> [Etcd.RequestOp] {
        var notes: [Etcd.RequestOp] = []
        if plan.changes.contains(where: { $0.entry == nil && $0.previous?.expiry != .never }) {
            notes.append(Etcd.RequestOp(.put(Etcd.PutRequest(key: layout.deletion))))
        }
        for (namespace, noted) in snapshot.usage.sorted(by: { $0.key < $1.key }) {
            var usage = noted.usage
            for change in plan.changes where change.key.namespace == namespace {
                usage.keys += (change.entry == nil ? 0 : 1) - (change.previous == nil ? 0 : 1)
                usage.bytes += (change.entry?.byteCount ?? 0) - (change.previous?.byteCount ?? 0)
            }
            notes.append(
                Etcd.RequestOp(.put(Etcd.PutRequest(key: layout.usage(of: namespace), value: usage.note)))
            )
        }
        return notes
    }
}

extension EtcdTransactor {
    /// Writes a decision.
    func commit(_ commit: EtcdCommit) async throws(KeyValueError) -> Attempt {
        let attached = try await EtcdAttachment(commit.branch, timed)
        let keys = commit.keys
        let canLook = commit.scopes.isEmpty && commit.snapshot.usage.isEmpty
        let request = Etcd.TxnRequest(
            compare: [unchangedEpoch] + commit.comparisons(layout),
            success: commit.requests(attached, layout),
            failure: canLook ? ranges(keys) : []
        )
        guard let found = try await write(request, commit.branch, attached) else { return .changed(nil) }
        guard found.answer.succeeded else {
            return .changed(canLook ? try snapshot(found.answer.responses, keys, found.position) : nil)
        }
        var snapshot = commit.snapshot
        if found.answer.responses.deletedKeys != commit.plan.changes.count(where: { $0.entry == nil }) {
            // Some of what a prefix deletion was to remove was removed or had expired in between.
            for scope in commit.scopes {
                snapshot.add(scope, try await doomed(scope, at: found.position.revision - 1))
            }
        }
        // The same decision, which now knows its revision.
        let plan = try decide(
            commit.transaction,
            snapshot,
            commit.branch.leases.mapValues { _ in 0 },
            revision: found.position.revision,
            now: commit.now
        )
        return .done(plan.outcome(found.position))
    }

    /// nil: a lease that we chose is gone, and another one is needed.
    func write(
        _ request: Etcd.TxnRequest,
        _ branch: [StoreWrite],
        _ attached: EtcdAttachment
    ) async throws(KeyValueError) -> EtcdAnswered<Etcd.TxnResponse>? {
        do throws(EtcdFailure) {
            let found = try await cluster.attempt(EtcdMethods.transact, request, isWrite: true)
            if found.answer.succeeded {
                for (id, count) in branch.leases { leases.count(count, on: id) }
                for lease in attached.timed.values { await timed.wrote(lease) }
            }
            return found
        } catch {
            guard error.kind == .leaseNotFound else { throw KeyValueError(error, isWrite: true) }
            for id in branch.leases.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                guard try await leases.exists(id) else { throw EtcdLeases.notFound(id) }
            }
            timed.forget(Array(attached.timed.values))
            return nil
        }
    }
}

extension [Etcd.ResponseOp] {
    fileprivate var deletedKeys: Int {
        reduce(0) { count, response in
            if case .deleteRange(let deletion) = response.kind { count + Int(deletion.deleted) } else { count }
        }
    }
}
