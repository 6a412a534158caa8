import CrierCore
import EtcdMembers
import NIOPosix
import Testing

@testable import CrierStorage

private func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(EtcdFaults.room, name) }

extension EtcdTests {
    @Suite("Etcd: its history")
    struct Log {
        @Test(
            "Read from right where etcd was compacted, a deletion is missing there: that is said, and nobody waits for it"
        )
        func compactedAtDeletion() async throws {
            let etcd = try EtcdFaults(1)
            let store = try await etcd.open()
            let put = try await store.put(key("k"), .integer(1)).position.revision
            try await store.delete(key("k"))
            let deleted = try await store.get(key("k")).position.revision
            let connection = try EtcdConnection(etcd.settings, group: MultiThreadedEventLoopGroup.singleton)
            let cluster = try await EtcdCluster.identify(connection, EtcdLayout(prefix: etcd.settings.prefix))
            let log = EtcdLog(cluster, connection, EtcdLeases(cluster))
            #expect(try await log.page(after: put, to: deleted).sets.flatMap(\.changes).map(\.kind) == [.delete])
            try etcd[0].compact(to: deleted)
            let later = try await store.put(key("later"), .integer(1)).position.revision
            for end in [deleted, later] {
                let refusal = await EtcdFaults.refusal { () async throws(KeyValueError) in
                    _ = try await log.page(after: put, to: end)
                }
                #expect(refusal?.code == .compacted, "to \(end): \(String(describing: refusal))")
            }
            await connection.shutdown()
            await store.close()
        }
    }
}
