public import CrierCore
import CrierMessages
import Synchronization

extension EtcdKeyValueStore {
    public func watch(_ scope: StoreScope, after start: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        let position = try await position(start)
        let subscription = ChangeSubscription(scope: scope, after: position.revision, feed: hub.feed) {
            [weak self] subscription, after in
            guard let self else { return subscription.end(.closed) }
            await self.refill(subscription, after: StorePosition(epoch: position.epoch, revision: after))
        }
        await refill(subscription, after: position)
        return StoreWatch(subscription)
    }

    /// Where a watch begins: at a position that etcd's history reaches back to, or now.
    private func position(_ start: StorePosition?) async throws(KeyValueError) -> StorePosition {
        let epoch = cluster.identity.epoch
        if let start, start.epoch != epoch {
            throw KeyValueError(.epochChanged, "position \(start) is of another epoch: the store is in \(epoch)")
        }
        let request = Etcd.RangeRequest(
            key: cluster.layout.epoch,
            revision: start.map { Int64(clamping: max($0.revision, 1)) } ?? 0,
            keysOnly: true
        )
        let now = try await cluster.ask(EtcdMethods.range, request).position
        return start ?? now
    }

    private func refill(_ subscription: ChangeSubscription, after position: StorePosition) async {
        let revision = position.revision
        while !Task.isCancelled {
            if hub.attach(subscription, after: position) { return }
            do throws(KeyValueError) {
                var end = hub.lastEvent
                if end == 0 {
                    // The history is read to an event that it surely has.
                    end = try await tick()
                    guard await hub.reach(end, within: EtcdLimits.echoTimeout) else { continue }
                }
                let page = try await log.page(after: revision, to: max(end, revision))
                return subscription.load(page.sets, through: page.through, complete: false)
            } catch {
                if error.code == .compacted { return subscription.end(.compacted) }
                if error.code == .denied { return subscription.end(.closed) }
                // Out of reach: the watch goes on when the store is there again.
                guard (try? await Task.sleep(for: EtcdLimits.retryPause)) != nil else { return }
            }
        }
    }

    public func history(of key: StoreKey, limit: Int) async throws(KeyValueError) -> StoreHistory {
        let limit = min(max(limit, 1), KeyValueLimits.maximumHistoryChanges)
        let found = try await cluster.range(key)
        var changes: [StoreChange]
        if let entry = found.answer {
            changes = try await log.history(of: key, to: entry.revision, everything: false, limit: limit)
        } else {
            let end = try await tick()
            changes = try await log.history(of: key, to: end, everything: true, limit: limit)
            changes.removeAll { $0.revision > found.position.revision }
        }
        return StoreHistory(changes: changes, position: found.position)
    }

    // MARK: Where the store is

    /// Tells watchers that wait where the store is, as it happens every few seconds by itself.
    public func announceProgress() async {
        _ = await hub.reach(written.withLock { $0 }, within: EtcdLimits.echoTimeout)
        hub.announce()
    }

    /// Writes something that every watch of etcd below our prefix hears, and returns its revision.
    private func tick() async throws(KeyValueError) -> UInt64 {
        try await cluster.ask(EtcdMethods.put, Etcd.PutRequest(key: cluster.layout.tick), isWrite: true)
            .position.revision
    }

    /// Watchers hear where the store is; the watch that was silent is asked for a sign, and begins anew when none
    /// comes.
    ///
    /// The sign is a write of our own. etcd's progress notifications come every ten minutes unless its flags say
    /// otherwise, and those that are asked for can overtake changes in versions before 3.4.25 (etcd#15220).
    func keepHouse() async {
        var heard: UInt64 = 0
        while (try? await Task.sleep(for: announceInterval)) != nil {
            if hub.heard == heard, watcherCount > 0, let sign = try? await tick(),
                await !hub.reach(sign, within: EtcdLimits.echoTimeout)
            {
                hub.restart()
            }
            if hub.heard != heard { hub.announce() }
            heard = hub.heard
            await compactor.passTime(timer.now, heard: heard)
        }
    }
}
