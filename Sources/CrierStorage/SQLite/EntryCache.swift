import CrierCore
import Synchronization

/// The entries that were read and written last, as they are after the last commit: what reads need not ask the database
/// for.
///
/// The writer puts what it is about to commit beside what is visible, and makes all of it visible at once by `publish`,
/// after the commit and before it is answered. So a reader sees whole commits, in order, and nothing that may be undone.
final class EntryCache: Sendable {
    /// A key at one revision.
    struct Version {
        /// nil: there is no such key.
        let entry: StoreEntry?
        let revision: UInt64
        /// Where the entry is in its table, if that is known.
        let row: Int64?
    }

    private final class Shard: Sendable {
        let state = Mutex(EntryCacheShard())
    }

    private let epoch: UInt64
    private let shardBytes: Int
    private let shards: [Shard]
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

    /// What is visible of the key now; nil: not known here.
    func read(_ key: StoreKey) -> StoreRead? {
        shard(of: key).state
            .withLock { shard in
                // Under the lock: what the shard held before the batch that waits for its commit is not newer than this.
                let revision = visibleRevision
                guard let version = shard.visible(key, at: revision) else { return nil }
                return StoreRead(entry: version.entry, position: StorePosition(epoch: epoch, revision: revision))
            }
    }

    /// The key's newest version, committed or not: for the writer.
    func newest(_ key: StoreKey) -> Version? {
        shard(of: key).state.withLock { $0.newest(key) }
    }

    /// What the writer is about to commit.
    func insert(_ key: StoreKey, _ version: Version) {
        shard(of: key).state
            .withLock { shard in
                shard.insert(key, version, visible: visibleRevision)
                shard.shrink(to: shardBytes)
            }
    }

    /// What was read from the database as it was at `revision`, which is visible: kept unless the writer has had a newer
    /// one since.
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
        published.store(revision, ordering: .releasing)
    }

    /// Forgets everything: what was inserted was not committed.
    func forget() {
        for shard in shards { shard.state.withLock { $0.forget() } }
    }

    private func shard(of key: StoreKey) -> Shard {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(SQLiteLimits.cacheShards))]
    }
}
