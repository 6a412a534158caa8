import CrierCore
import Synchronization

/// The entries that were read and written last, as they are after the last commit: what reads need not ask the database
/// for, and what they would not find there, since the table of entries is behind the log.
///
/// The writer puts what it is about to commit beside what is visible, and makes all of it visible at once by `publish`,
/// after the commit and before it is answered. So a reader sees whole commits, in order, and nothing that may be
/// undone.
final class EntryCache: Sendable {
    /// A key at one revision.
    struct Version {
        /// nil: there is no such key.
        let entry: StoreEntry?
        let revision: UInt64
        /// Where the entry is in its table, if that is known.
        let row: Int64?
    }

    /// A place that a key had; the key may have left it since.
    struct Place {
        fileprivate let shard: Int
        fileprivate let slot: Int
    }

    struct Found {
        let version: Version
        let place: Place
    }

    private final class Shard: Sendable {
        let state = Mutex(EntryCacheShard())
    }

    /// Keys that are or were unfolded, in the order in which they became so; a key may be there twice.
    private struct UnfoldedKeys {
        var keys: [UnfoldedKey] = []
        /// So many of them were published.
        var publishedCount = 0
    }

    private let epoch: UInt64
    private let shardBytes: Int
    private let shards: [Shard]
    private let unfolded = Mutex(UnfoldedKeys())
    private let published: Atomic<UInt64>

    /// - Parameter position: where the store is.
    init(at position: StorePosition, bytes: Int = SQLiteLimits.cachedEntryBytes) {
        epoch = position.epoch
        shardBytes = bytes / SQLiteLimits.cacheShards
        shards = (0..<SQLiteLimits.cacheShards).map { _ in Shard() }
        published = Atomic(position.revision)
    }

    /// Everything up to this revision is visible.
    var visibleRevision: UInt64 { published.load(ordering: .acquiring) }

    /// What is visible of the key now; nil: not known here, so that the table of entries has it.
    func read(_ key: StoreKey) -> StoreRead? {
        shard(of: key).state
            .withLock { shard in
                // Under the lock: what the shard held before the batch that waits for its commit is not newer than
                // this.
                let revision = visibleRevision
                guard let version = shard.visible(key, at: revision) else { return nil }
                return StoreRead(entry: version.entry, position: StorePosition(epoch: epoch, revision: revision))
            }
    }

    /// The key's newest version, committed or not: for the writer.
    func newest(_ key: StoreKey) -> Version? { find(key)?.version }

    /// The same, and where it is.
    func find(_ key: StoreKey) -> Found? {
        let shard = index(of: key)
        return shards[shard].state
            .withLock { state in
                guard let slot = state.place(of: key), let version = state.newest(at: slot) else { return nil }
                return Found(version: version, place: Place(shard: shard, slot: slot))
            }
    }

    /// What the writer is about to commit.
    ///
    /// - Parameter place: where the key was found, which saves looking for it.
    func insert(_ key: StoreKey, _ version: Version, at place: Place? = nil) {
        let isNew = shards[place?.shard ?? index(of: key)].state
            .withLock { shard in
                defer { shard.shrink(to: shardBytes) }
                return shard.insert(key, version, at: place?.slot, visible: visibleRevision)
            }
        if isNew { unfolded.withLock { $0.keys.append(UnfoldedKey(key: key, row: version.row)) } }
    }

    /// What was read from the database as it was at `revision`, which is visible: kept unless the writer has had a
    /// newer one since.
    func fill(_ key: StoreKey, _ entry: StoreEntry?, row: Int64?, readAt revision: UInt64) {
        shard(of: key).state
            .withLock { shard in
                shard.fill(
                    key, Version(entry: entry, revision: entry?.revision ?? revision, row: row), readAt: revision)
                shard.shrink(to: shardBytes)
            }
    }

    /// Makes everything visible that was inserted.
    func publish(_ revision: UInt64) {
        unfolded.withLock { $0.publishedCount = $0.keys.count }
        published.store(revision, ordering: .releasing)
    }

    /// What was inserted since the last `publish` was not committed.
    func takeBack() {
        unfolded.withLock { $0.keys.removeLast($0.keys.count - $0.publishedCount) }
        for shard in shards { shard.state.withLock { $0.takeBack(after: visibleRevision) } }
    }

    // MARK: What the table of entries is behind of

    /// The writer's. Keys that were folded meanwhile are among them until they are dropped.
    var unfoldedKeys: [UnfoldedKey] { unfolded.withLock { $0.keys } }

    var unfoldedCount: Int { unfolded.withLock { $0.keys.count } }

    var unfoldedBytes: Int { shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.unfoldedBytes } } }

    /// What is in the scope at the revision, from the key `start` on, in order. A reader must keep the writer from
    /// publishing meanwhile.
    ///
    /// - Parameter revision: what is visible, or for the writer `.max`.
    func unfolded(in scope: StoreScope, from start: StoreKey?, at revision: UInt64) -> [UnfoldedEntry] {
        let keys = unfoldedKeys.lazy.map(\.key)
            .filter { key in scope.contains(key) && start.map { key >= $0 } ?? true }
            .sorted()
        var found: [UnfoldedEntry] = []
        for key in keys where found.last?.key != key {
            if let version = shard(of: key).state.withLock({ $0.unfolded(key, at: revision) }) {
                found.append(UnfoldedEntry(key: key, entry: version.entry))
            }
        }
        return found
    }

    /// The key's newest version is in the table of entries now, in this row.
    func fold(_ key: StoreKey, row: Int64?) {
        shard(of: key).state.withLock { $0.fold(key, row: row) }
    }

    /// So many of the first unfolded keys are all folded.
    func dropUnfolded(_ count: Int) {
        unfolded.withLock {
            $0.keys.removeFirst(count)
            $0.publishedCount -= count
        }
    }

    private func shard(of key: StoreKey) -> Shard { shards[index(of: key)] }

    private func index(of key: StoreKey) -> Int {
        Int(UInt(bitPattern: key.hashValue) % UInt(SQLiteLimits.cacheShards))
    }
}

/// A key that was written, and where it was in the table of entries when that began to be behind; nil: it was not
/// there, or that is not known.
struct UnfoldedKey: Sendable {
    let key: StoreKey
    let row: Int64?
}

/// A key that the table of entries is behind of; nil: it is gone.
struct UnfoldedEntry: Sendable {
    let key: StoreKey
    let entry: StoreEntry?
}
