import CrierCore
import CrierStorage
import Logging
import NIOCore

/// The key-value state that this gateway works with and shows: its own, or one that several gateways share.
struct StateStore: Sendable {
    let store: any KeyValueStore
    /// Other gateways use it too.
    let isShared: Bool
    /// Watches that are open now.
    let watcherCount: @Sendable () -> Int
    /// Revisions in its log that need not be there any more; nil: the log is another gateway's to cut.
    let compactionLag: (@Sendable () -> Int)?
    /// Keeps it going until the task is cancelled.
    let run: @Sendable () async -> Void
    /// Nothing may be asked of it afterwards.
    let close: @Sendable () async -> Void
}

extension StateStore {
    /// This gateway's own. Who opened it looks after it and closes it.
    init(own store: SQLiteKeyValueStore) {
        self.init(
            store: store, isShared: false, watcherCount: { store.watcherCount },
            compactionLag: { store.compactionLag }, run: {}, close: {}
        )
    }

    /// Another gateway's.
    init(_ store: RemoteKeyValueStore) {
        self.init(
            store: store, isShared: true, watcherCount: { store.watcherCount }, compactionLag: nil,
            run: { await store.run() }, close: { await store.close() }
        )
    }

    /// etcd's.
    init(_ store: EtcdKeyValueStore) {
        self.init(
            store: store, isShared: true, watcherCount: { store.watcherCount },
            compactionLag: { store.compactionLag }, run: {}, close: { await store.close() }
        )
    }

    /// The store that several gateways share; nil when this one has its own.
    ///
    /// Throws `StartError` when it cannot be used.
    static func shared(
        _ settings: KeyValueSettings,
        _ door: PeerDoor,
        _ loops: any EventLoopGroup,
        _ logger: Logger
    ) async throws(StartError) -> StateStore? {
        switch settings.address {
        case .own:
            return nil
        case .gateway(let target):
            var remote = RemoteStoreSettings(target: target)
            remote.channel = try door.channel()
            remote.metadata = door.metadata
            return StateStore(RemoteKeyValueStore(remote, group: loops, logger: logger))
        case .etcd(var etcd):
            etcd.quotas = settings.store.quotas
            etcd.retainedRevisions = settings.store.retention.revisions
            etcd.retainedMilliseconds = settings.store.retention.milliseconds
            do {
                return StateStore(try await EtcdKeyValueStore.open(etcd, group: loops))
            } catch {
                throw StartError("\(error)")
            }
        }
    }
}
