import CrierCore
import CrierStorage
import EtcdMembers
import KeyValueStoreContract
import NIOPosix
import Testing

private let room = StoreNamespace(constant: "room")

private func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(room, name) }

extension EtcdTests {
    /// The promises count etcd's revisions, which all prefixes of a cluster share.
    @Suite("EtcdKeyValueStore")
    struct Store {
        private static let members = Result { try EtcdMembers(1) }

        private func driver() throws -> EtcdDriver { EtcdDriver(try Self.members.get()) }

        @Test("The etcd store keeps every promise of the port", arguments: try promises())
        func contract(_ promise: StorePromise) async throws {
            try await promise.check(driver())
        }

        private static func promises() throws -> [StorePromise] {
            KeyValueStoreContract.promises(EtcdDriver(try members.get()))
        }

        @Test("It makes no backups, and says what does")
        func backup() async throws {
            let store = try await open("backup")
            let error = await #expect(throws: KeyValueError.self) { try await store.backup() }
            #expect(error?.code == .unavailable && error?.message.contains("etcdctl snapshot save") == true)
            await store.close()
        }

        @Test("A closed store refuses, and does nothing")
        func closed() async throws {
            let store = try await open("closed")
            await store.close()
            let error = await #expect(throws: KeyValueError.self) { try await store.put(key("k"), .integer(1)) }
            #expect(error?.code == .unavailable)
        }

        // MARK: What etcd's own clock ends

        @Test("Two gateways hear the same of entries that ran out, were deleted, or went with a revoked lease")
        func endings() async throws {
            let first = try await open("endings")
            let second = try await open("endings")
            let long = try await first.grantLease(milliseconds: 600_500)
            #expect(long.milliseconds == 600_500)
            #expect(try await second.renewLease(long.id) == long)
            var watches = [
                try await first.watch(StoreScope(room), after: nil).makeAsyncIterator(),
                try await second.watch(StoreScope(room), after: nil).makeAsyncIterator(),
            ]
            try await putOnShortLease(key("ran out"), first)
            try await first.put(key("timed"), .integer(2), expiry: .after(milliseconds: 1_000))
            try await first.put(key("deleted"), .integer(3), expiry: .lease(long.id))
            try await second.delete(key("deleted"))
            try await first.put(key("revoked"), .integer(4), expiry: .lease(long.id))
            try await second.revokeLease(long.id)
            for index in watches.indices {
                var kinds: [String: StoreChange.Kind] = [:]
                while kinds.count < 4, let event = try await watches[index].next() {
                    guard case .changes(let set) = event else { continue }
                    for change in set.changes where change.entry == nil { kinds[change.key.key] = change.kind }
                }
                #expect(kinds == ["ran out": .expire, "timed": .expire, "deleted": .delete, "revoked": .delete])
            }
            let history = try await first.history(of: key("revoked"), limit: 9).changes
            #expect(history.map(\.kind) == [.delete, .put])
            #expect(try await second.history(of: key("deleted"), limit: 9).changes.map(\.kind) == [.delete, .put])
            #expect(try await second.history(of: key("timed"), limit: 9).changes.map(\.kind) == [.expire, .put])
            await first.close()
            await second.close()
        }

        /// With a lease of a few seconds, which a machine that has no time may need more than one of.
        private func putOnShortLease(_ key: StoreKey, _ store: EtcdKeyValueStore) async throws {
            while true {
                do throws(KeyValueError) {
                    let lease = try await store.grantLease(milliseconds: 2_500)
                    try await store.put(key, .integer(1), expiry: .lease(lease.id))
                    return
                } catch  where error.code == .leaseNotFound {}
            }
        }

        @Test("An entry with an expiry of its own is there for that long at least, also after an increment")
        func neverEarly() async throws {
            let store = try await open("early")
            let clock = ContinuousClock()
            let start = clock.now
            try await store.put(key("n"), .integer(1), expiry: .after(milliseconds: 3_000))
            try await store.increment(key("n"))
            while try await store.get(key("n")).entry != nil {}
            #expect(clock.now - start >= .seconds(3))
            await store.close()
        }

        @Test("Two gateways count on one key, and nothing is lost")
        func contention() async throws {
            let stores = [try await open("contention"), try await open("contention")]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    group.addTask { try await stores[index % 2].increment(key("n")) }
                }
                try await group.waitForAll()
            }
            #expect(try await stores[0].get(key("n")).entry?.value == .integer(100))
            for store in stores { await store.close() }
        }

        private func open(_ prefix: String) async throws -> EtcdKeyValueStore {
            try await EtcdKeyValueStore.open(
                EtcdStoreSettings(Self.members.get(), prefix: "/\(prefix)"),
                group: MultiThreadedEventLoopGroup.singleton
            )
        }
    }
}
