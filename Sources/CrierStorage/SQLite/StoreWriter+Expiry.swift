import CrierCore
import NIOCore

/// Leases, and the end of what runs out.
extension StoreWriter {
    /// Called once, before anything else: every lease has its whole time again. Entries follow, slice by slice.
    mutating func armLeases(_ now: NIODeadline) throws(SQLiteError) {
        for lease in try expiries.leases() { schedule.grant(lease, now: now) }
    }

    /// Gives the next entries that were there at the start their whole time. Until this is done nothing expires: a
    /// store with a million of them opens as fast as an empty one.
    mutating func armSlice(_ now: NIODeadline, limit: Int = SQLiteLimits.armedEntriesPerSlice) throws(SQLiteError) {
        guard let cursor = unarmed else { return }
        var found: [(StoreKey, StoreExpiry)] = []
        unarmed = try expiries.forEachTimed(after: cursor, limit: limit) { found.append(($0, $1)) }
        for (key, expiry) in found { schedule.restore(.timed(key, expiry), now: now) }
    }

    /// When the writer must look after what expires; nil: never, as things stand.
    var nextDeadline: NIODeadline? { unarmed == nil ? schedule.nextDeadline : .distantPast }

    mutating func grant(
        _ lease: StoreLease,
        _ now: StoreTime
    ) -> Result<CommitResult<Void>, KeyValueError> {
        do throws(KeyValueError) {
            try schedule.checkGrant(milliseconds: lease.milliseconds)
        } catch {
            return .failure(error)
        }
        let result = commit(now) { writer throws(SQLiteError) in try writer.expiries.add(lease) }
        if case .committed = result {
            schedule.grant(lease, now: now.monotonic)
            accounts.grant(lease.id)
        }
        return .success(result)
    }

    /// Ends a lease and deletes its entries.
    mutating func revoke(
        _ id: StoreLease.ID,
        _ now: StoreTime
    ) -> Result<CommitResult<StoreLease>, KeyValueError> {
        do throws(SQLiteError) {
            // What it carries must be known.
            while unarmed != nil { try armSlice(now.monotonic) }
        } catch {
            return .success(.unknown(error))
        }
        do throws(KeyValueError) {
            let lease = try schedule.lease(id)
            let ending = schedule.revocation(of: lease)
            switch end(ending, as: .delete, now) {
            case .committed(_, let changes): return .success(.committed(lease, changes))
            case .rolledBack(let error): return .success(.rolledBack(error))
            case .unknown(let error): return .success(.unknown(error))
            }
        } catch {
            return .failure(error)
        }
    }

    /// Commits the end of what is due, as far as it goes in one commit; nil: nothing is.
    mutating func expireDue(_ now: StoreTime) -> CommitResult<Void>? {
        guard unarmed == nil, let ending = schedule.due(now.monotonic) else { return nil }
        return end(ending, as: .expire, now)
    }

    private mutating func end(
        _ ending: ExpirySchedule.Ending,
        as kind: StoreChange.Kind,
        _ now: StoreTime
    ) -> CommitResult<Void> {
        let result = commit(now) { writer throws(SQLiteError) in
            try writer.store(writer.plan(ending, as: kind))
            if let lease = ending.lease { try writer.expiries.remove(lease) }
        }
        if case .committed = result {
            schedule.finish(ending)
            if let lease = ending.lease { accounts.end(lease) }
        }
        return result
    }

    private func plan(
        _ ending: ExpirySchedule.Ending,
        as kind: StoreChange.Kind
    ) throws(SQLiteError) -> TransactionPlan {
        source.forget()
        do throws(KeyValueError) {
            return try TransactionPlan(ending, as: kind, reading: source, revision: position.revision + 1)
        } catch {
            throw source.takeError() ?? SQLiteError(code: SQLiteError.internalCode, message: error.message)
        }
    }
}

extension StoreEntry {
    /// As much of an entry as its timer needs.
    fileprivate static func timed(_ key: StoreKey, _ expiry: StoreExpiry) -> StoreEntry {
        StoreEntry(
            key: key, value: .bool(true), createRevision: 0, revision: 0, version: 0, updatedAt: 0, expiry: expiry)
    }
}
