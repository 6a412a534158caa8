/// Entries as the caller may see them: without the lease where the caller may not write.
extension CallerStore {
    func shown(_ read: StoreRead) -> StoreRead {
        guard let entry = read.entry, hidesLease(of: entry) else { return read }
        return StoreRead(entry: shown(entry), position: read.position)
    }

    func shown(_ page: StorePage) -> StorePage {
        guard page.entries.contains(where: hidesLease) else { return page }
        return StorePage(entries: page.entries.map(shown), position: page.position, next: page.next)
    }

    func shown(_ change: StoreChange) -> StoreChange {
        guard hidesLease(of: change) else { return change }
        return StoreChange(
            kind: change.kind,
            key: change.key,
            revision: change.revision,
            entry: change.entry.map(shown),
            previous: change.previous.map(shown)
        )
    }

    /// nil: nothing of it is for this caller.
    func shown(_ set: StoreChangeSet) -> StoreChangeSet? {
        let readable = set.filtered { allows(.read, $0.key.namespace) }
        guard let readable, readable.changes.contains(where: hidesLease) else { return readable }
        return StoreChangeSet(position: readable.position, changes: readable.changes.map(shown))
    }

    func shown(_ outcome: StoreTransaction.Outcome) -> StoreTransaction.Outcome {
        guard let refusal = outcome.refusal, let current = refusal.current, hidesLease(of: current) else {
            return outcome
        }
        return StoreTransaction.Outcome(
            succeeded: outcome.succeeded,
            position: outcome.position,
            changes: outcome.changes,
            refusal: StoreTransaction.Refusal(failed: refusal.failed, current: shown(current))
        )
    }

    private func hidesLease(of change: StoreChange) -> Bool {
        change.entry.map(hidesLease) ?? false || change.previous.map(hidesLease) ?? false
    }

    private func hidesLease(of entry: StoreEntry) -> Bool {
        if case .lease = entry.expiry { return !mayWrite(entry.key.namespace) }
        return false
    }

    private func shown(_ entry: StoreEntry) -> StoreEntry {
        guard hidesLease(of: entry) else { return entry }
        return StoreEntry(
            key: entry.key,
            value: entry.value,
            createRevision: entry.createRevision,
            revision: entry.revision,
            version: entry.version,
            updatedAt: entry.updatedAt
        )
    }
}
