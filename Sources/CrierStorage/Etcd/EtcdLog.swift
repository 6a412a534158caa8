import CrierCore
import CrierMessages

/// Reads etcd's history, for watchers that are far behind and for histories of keys: on a connection of its own, so
/// that it keeps neither requests nor the hub's watch waiting.
final class EtcdLog: Sendable {
    private let cluster: EtcdCluster
    private let connection: EtcdConnection
    private let leases: EtcdLeases
    private let gates: [AsyncGate]

    init(_ cluster: EtcdCluster, _ connection: EtcdConnection, _ leases: EtcdLeases) {
        self.cluster = cluster
        self.connection = connection
        self.leases = leases
        gates = (0..<EtcdLimits.logReaders).map { _ in AsyncGate() }
    }

    /// What one reading found.
    struct Page: Sendable {
        let sets: [StoreChangeSet]
        /// Everything up to here is in it.
        let through: UInt64
    }

    /// Changes after `revision`, until there are many or `end` is reached, at which something of ours happened. Throws
    /// `compacted` and `unavailable`.
    func page(after revision: UInt64, to end: UInt64) async throws(KeyValueError) -> Page {
        // Who reads where is of no importance, as long as not all read at once.
        try await gates[Int(truncatingIfNeeded: revision) & (gates.count - 1)]
            .withLock { () async throws(KeyValueError) in
                try await read(after: revision, to: end)
            }
    }

    private func read(after revision: UInt64, to end: UInt64) async throws(KeyValueError) -> Page {
        let member = connection.member
        do throws(EtcdFailure) {
            let page = try await follow(after: revision, to: end)
            try await check(revision)
            return page
        } catch {
            if error.isOfMember {
                connection.moveOn(from: member)
                // What is waited for may have been compacted away.
                try await cluster.checkReadable(revision)
            }
            throw KeyValueError(error, isWrite: false)
        }
    }

    private func follow(after revision: UInt64, to end: UInt64) async throws(EtcdFailure) -> Page {
        let epoch = cluster.identity.epoch
        var reader = EtcdChangeReader(cluster, leases, remembering: EtcdLimits.logPageBytes, seesNotes: true)
        let stream = try await EtcdWatchStream.open(
            connection, cluster.layout.everything, from: revision + 1, silence: EtcdLimits.historySilence
        )
        var sets: [StoreChangeSet] = []
        var through = revision
        var changes = 0
        var bytes = 0
        while through < end, changes < EtcdLimits.logPageChanges, bytes < EtcdLimits.logPageBytes {
            let events = try await stream.next().events
            let more = try await self.sets(events, &reader, epoch)
            sets += more
            changes += more.reduce(0) { $0 + $1.changes.count }
            bytes += more.reduce(0) { $0 + $1.byteCount }
            through = max(through, events.last?.keyValue.map { UInt64(bitPattern: $0.modRevision) } ?? 0)
        }
        return Page(sets: sets, through: through)
    }

    /// A watch that begins exactly where etcd was compacted is let in, and deletions at that revision are not there any
    /// more (etcd#19179): only who could still read the revision before has missed nothing.
    private func check(_ revision: UInt64) async throws(EtcdFailure) {
        do throws(KeyValueError) {
            try await cluster.checkReadable(revision)
        } catch {
            throw EtcdFailure(error.code == .compacted ? .compacted : .notDone, error.message)
        }
    }

    private func sets(
        _ events: [Etcd.Event],
        _ reader: inout EtcdChangeReader,
        _ epoch: UInt64
    ) async throws(EtcdFailure) -> [StoreChangeSet] {
        do throws(KeyValueError) {
            return try await reader.sets(events, epoch: epoch)
        } catch {
            throw EtcdFailure(error.code == .compacted ? .compacted : .notDone, error.message)
        }
    }

    // MARK: One key

    /// The last changes of a key up to `end`, newest first.
    /// - Parameters:
    ///   - end: a revision at which the key changed, or, with `everything`, anything of ours.
    ///   - everything: reads all there is, to find the end: for a key that is absent, the revision at which it went is
    ///     not known.
    func history(
        of key: StoreKey,
        to end: UInt64,
        everything: Bool,
        limit: Int
    ) async throws(KeyValueError) -> [StoreChange] {
        let own = cluster.layout.bytes(key)
        let range = everything ? cluster.layout.everything : EtcdLayout.KeyRange(start: own, end: own + [0])
        do throws(EtcdFailure) {
            // 1: where there is a log at all. etcd then says where it begins.
            return try await history(of: key, range, from: 1, to: end, limit: limit)
        } catch {
            throw KeyValueError(error, isWrite: false)
        }
    }

    private func history(
        of key: StoreKey,
        _ range: EtcdLayout.KeyRange,
        from start: UInt64,
        to end: UInt64,
        limit: Int
    ) async throws(EtcdFailure) -> [StoreChange] {
        let own = cluster.layout.bytes(key)
        let stream = try await EtcdWatchStream.open(
            connection, range, from: start, silence: EtcdLimits.historySilence
        )
        var events: [Etcd.Event] = []
        var through: UInt64 = start - 1
        while through < end {
            do throws(EtcdFailure) {
                let news = try await stream.next()
                events += news.events.filter { $0.keyValue?.key == own }
                if events.count > 2 * limit { events.removeFirst(events.count - limit) }
                through = max(through, news.events.last?.keyValue.map { UInt64(bitPattern: $0.modRevision) } ?? 0)
            } catch {
                let first = UInt64(bitPattern: stream.compactRevision) + 1
                guard error.kind == .compacted, first > start else { throw error }
                return first > end ? [] : try await history(of: key, range, from: first, to: end, limit: limit)
            }
        }
        var reader = EtcdChangeReader(cluster, leases, remembering: EtcdLimits.logPageBytes, seesNotes: false)
        let last = events.filter { UInt64(bitPattern: $0.keyValue?.modRevision ?? 0) <= end }.suffix(limit)
        return try await sets(Array(last), &reader, cluster.identity.epoch).flatMap(\.changes).reversed()
    }
}
