import CrierCore
import Synchronization

extension SQLiteKeyValueStore {
    /// Ends what is due, folds and writes back the log, removes what it need not keep, and tells waiting watchers where
    /// the store is. To be called every few seconds; what is due does not wait for it.
    public func housekeep() async {
        var isBehind = await isBehindAfterSlice(isFirst: true)
        while isBehind { isBehind = await isBehindAfterSlice(isFirst: false) }
    }

    private func isBehindAfterSlice(isFirst: Bool) async -> Bool {
        let isBehind = try? await committing { [self] writer, now in
            var changes: CommittedChanges?
            do throws(SQLiteError) {
                if isFirst { writer.mustFold = writer.hasUnfolded }
                let isBehind = try slice(&writer, now, &changes)
                if let changes { feed.publish(changes.sets) }
                feed.announce(writer.position)
                return (.success(isBehind), nil, nil)
            } catch {
                // A full disk waits for the next call.
                return (.success(false), nil, error)
            }
        }
        return isBehind ?? false
    }

    /// True: there is more to do.
    private func slice(
        _ writer: inout StoreWriter,
        _ now: StoreTime,
        _ changes: inout CommittedChanges?
    ) throws(SQLiteError) -> Bool {
        try writer.armSlice(now.monotonic)
        let result = writer.expireDue(now)
        switch result ?? writer.commit(now, { _ in }) {
        case .committed(_, let committed): changes = committed
        case .rolledBack(let error), .unknown(let error): throw error
        }
        // Once for all slices: it waits for the disk twice.
        if !writer.isFolding { try writer.checkpoint(whole: false) }
        lag.store(Int(writer.compactionLag), ordering: .relaxed)
        return writer.unarmed != nil || result != nil || writer.isFolding || writer.compactionLag > 0
    }
}
