import CrierCore
import CrierMessages

/// Makes the port's changes of etcd's events: finds out what was there before, and whether what is gone was deleted or
/// ran out.
///
/// etcd could tell what was there before (`prev_kv`), but reads it event by event, each time copying what was written
/// last: the end of a lease with 30,000 keys takes half a minute. So what passed by is remembered, and the rest is read
/// many keys at a time.
struct EtcdChangeReader {
    private let cluster: EtcdCluster
    private let leases: EtcdLeases
    private var known: KnownEntries
    /// Whether the notes beside the entries pass by too.
    private let seesNotes: Bool

    init(_ cluster: EtcdCluster, _ leases: EtcdLeases, remembering bytes: Int, seesNotes: Bool) {
        self.cluster = cluster
        self.leases = leases
        self.seesNotes = seesNotes
        known = KnownEntries(limit: bytes)
    }

    /// The sets of events that follow, without a gap, on those that were given before; whole revisions, in order.
    /// Throws `compacted` when what was there before is compacted away, and `unavailable`.
    mutating func sets(_ events: [Etcd.Event], epoch: UInt64) async throws(KeyValueError) -> [StoreChangeSet] {
        var before = try await before(events)
        var sets: [StoreChangeSet] = []
        var rest = events[...]
        while let first = rest.first?.keyValue {
            let end = rest.firstIndex { $0.keyValue?.modRevision != first.modRevision } ?? rest.endIndex
            let revision = UInt64(bitPattern: first.modRevision)
            let changes = try await changes(rest[..<end], revision, &before)
            let position = StorePosition(epoch: epoch, revision: revision)
            if !changes.isEmpty { sets.append(StoreChangeSet(position: position, changes: changes)) }
            rest = rest[end...]
        }
        return sets
    }

    // MARK: What was there before

    /// Reads what the first event of each key replaced, where it is not known.
    private mutating func before(_ events: [Etcd.Event]) async throws(KeyValueError) -> [StoreKey: StoreEntry] {
        var seen = Set<StoreKey>()
        var wanted: [(key: StoreKey, revision: UInt64)] = []
        for event in events {
            guard let keyValue = event.keyValue, let key = cluster.layout.key(keyValue.key),
                seen.insert(key).inserted, event.type == .delete || keyValue.version > 1,
                !known.isBefore(event, key)
            else { continue }
            wanted.append((key, UInt64(bitPattern: keyValue.modRevision - 1)))
        }
        var before: [StoreKey: StoreEntry] = [:]
        var rest = wanted[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(EtcdLimits.rangesAtOnce))
            let found = try await cluster.entries(some).answer
            for (want, entry) in zip(some, found) { before[want.key] = entry }
            rest = rest.dropFirst(some.count)
        }
        return before
    }

    // MARK: What happened

    private mutating func changes(
        _ events: ArraySlice<Etcd.Event>,
        _ revision: UInt64,
        _ before: inout [StoreKey: StoreEntry]
    ) async throws(KeyValueError) -> [StoreChange] {
        let layout = cluster.layout
        var isNoted: Bool? =
            events.contains { $0.keyValue?.key == layout.deletion && $0.type == .put }
            ? true : seesNotes ? false : nil
        var changes: [StoreChange] = []
        for event in events {
            guard let keyValue = event.keyValue, let key = layout.key(keyValue.key) else { continue }
            let previous = before.removeValue(forKey: key) ?? known.take(key)
            if event.type == .put {
                guard let entry = EtcdEntryCoder.decode(keyValue, key) else { continue }
                known.add(entry)
                changes.append(.put(entry, previous: keyValue.version > 1 ? previous : nil))
            } else if let previous {
                let ranOut = try await ranOut(previous, at: revision, &isNoted)
                changes.append(
                    ranOut ? .expire(previous, revision: revision) : .delete(previous, revision: revision)
                )
            }
        }
        return changes
    }

    /// Whether an entry that is gone has expired.
    private func ranOut(
        _ entry: StoreEntry,
        at revision: UInt64,
        _ isNoted: inout Bool?
    ) async throws(KeyValueError) -> Bool {
        if entry.expiry == .never { return false }
        if isNoted == nil { isNoted = try await isDeletionNoted(at: revision) }
        if isNoted == true { return false }
        guard case .lease(let id) = entry.expiry else { return true }
        return try await !leases.wasRevoked(id)
    }

    private func isDeletionNoted(at revision: UInt64) async throws(KeyValueError) -> Bool {
        let request = Etcd.RangeRequest(
            key: cluster.layout.deletion, revision: Int64(clamping: revision), keysOnly: true
        )
        let found = try await cluster.ask(EtcdMethods.range, request).answer.keyValues.first
        return found?.modRevision == Int64(clamping: revision)
    }
}

/// Entries that passed by last, as they are now; as many as fit.
private struct KnownEntries {
    /// Two halves: when the newer one is full, the older one is forgotten.
    private var newer: [StoreKey: StoreEntry] = [:]
    private var older: [StoreKey: StoreEntry] = [:]
    private var bytes = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ entry: StoreEntry) {
        newer[entry.key] = entry
        bytes += entry.byteCount
        guard bytes > limit / 2 else { return }
        older = newer
        newer = [:]
        bytes = 0
    }

    mutating func take(_ key: StoreKey) -> StoreEntry? {
        let old = older.removeValue(forKey: key)
        return newer.removeValue(forKey: key) ?? old
    }

    /// Whether the entry that the event replaced is here.
    mutating func isBefore(_ event: Etcd.Event, _ key: StoreKey) -> Bool {
        guard let entry = newer[key] ?? older[key], let keyValue = event.keyValue else { return false }
        if event.type == .delete { return true }
        return Int64(clamping: entry.createRevision) == keyValue.createRevision
            && Int64(clamping: entry.version) == keyValue.version - 1
    }
}
