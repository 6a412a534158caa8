public import CrierCore

extension SQLiteKeyValueStore {
    public func grantLease(milliseconds: Int64) async throws(KeyValueError) -> StoreLease {
        try await committing { writer, now in
            var id = StoreLease.ID { .random(in: .min ... .max) }
            while writer.accounts.leases[id] != nil { id = StoreLease.ID { .random(in: .min ... .max) } }
            let lease = StoreLease(id: id, milliseconds: milliseconds)
            return answer(writer.grant(lease, now)) { lease }
        }
    }

    public func renewLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try await alone { writer, now throws(KeyValueError) in try writer.schedule.renew(id, now: now.monotonic) }
    }

    @discardableResult
    public func revokeLease(_ id: StoreLease.ID) async throws(KeyValueError) -> StoreLease {
        try await committing { writer, now in answer(writer.revoke(id, now)) { $0 } }
    }
}

/// What a commit of its own means for who asked for it.
private func answer<Committed, R>(
    _ result: Result<StoreWriter.CommitResult<Committed>, KeyValueError>,
    _ value: (Committed) -> R
) -> (Result<R, KeyValueError>, CommittedChanges?, SQLiteError?) {
    switch result {
    case .success(.committed(let committed, let changes)): (.success(value(committed)), changes, nil)
    case .success(.rolledBack(let error)): (.failure(KeyValueError(error)), nil, nil)
    case .success(.unknown(let error)): (.failure(.indeterminate(error)), nil, error)
    case .failure(let error): (.failure(error), nil, nil)
    }
}
