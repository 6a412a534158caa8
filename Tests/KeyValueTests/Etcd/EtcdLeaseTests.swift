import CrierCore
import CrierStorage
import EtcdMembers
import Logging
import NIOPosix
import Testing

private func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(EtcdFaults.room, name) }

extension EtcdTests {
    @Suite("Etcd: leases")
    struct Leases {
        @Test(
            "The only member stands still: a lease is not said to be renewed when it was not, nor a write to be refused"
        )
        func onlyMemberStops() async throws {
            let etcd = try EtcdFaults(1)
            let store = try await etcd.open(patience: .seconds(1), requestTimeout: .seconds(1))
            let lease = try await store.answered { () async throws(KeyValueError) in
                try await store.grantLease(milliseconds: 600_000)
            }
            etcd[0].pause()
            let error = await #expect(throws: KeyValueError.self) { try await store.renewLease(lease.id) }
            #expect(error?.code == .unavailable)
            let write = await #expect(throws: KeyValueError.self) { try await store.put(key("k"), .integer(1)) }
            #expect(write?.code == .indeterminate || write?.code == .unavailable)
            etcd[0].resume()
            _ = try await store.answered { () async throws(KeyValueError) in try await store.renewLease(lease.id) }
            await store.close()
        }

        @Test("A lease is renewed while each member in turn is killed in the middle of it, and keeps its entries")
        func renewalsBreak() async throws {
            let etcd = try EtcdFaults(3)
            let store = try await etcd.open()
            let lease = try await store.answered { () async throws(KeyValueError) in
                try await store.grantLease(milliseconds: 60_000)
            }
            let start = try await store.putAnswered(key("held"), expiry: .lease(lease.id))
            let watch = try await store.watch(StoreScope(EtcdFaults.room), after: start)
            for member in etcd.members.members {
                let renewing = Task {
                    try await store.answered { () async throws(KeyValueError) in try await store.renewLease(lease.id) }
                }
                member.kill()
                #expect(try await renewing.value == lease)
                _ = try await store.answered { () async throws(KeyValueError) in try await store.renewLease(lease.id) }
                try member.start()
            }
            let last = try await store.putAnswered(key("end"))
            try await EtcdFaults.expect(watch, tells: [last.revision], until: last)
            #expect(try await store.get(key("held")).entry?.expiry == .lease(lease.id))
            await store.close()
        }

        @Test("A node that etcd cannot hear any more has given up its own sessions before the others take it for gone")
        func selfFencing() async throws {
            let etcd = try EtcdFaults(3)
            var settings = etcd.settings
            settings.endpoints = [settings.endpoints[0]]
            let own = try await etcd.open(settings)
            settings.endpoints = Array(etcd.settings.endpoints.dropFirst())
            let others = try await etcd.open(settings)
            let node = ClusterNode(
                id: try NodeID(validating: "n1"), incarnation: Incarnation(rawValue: 7), peerAddress: "127.0.0.1:1",
                clientAddress: "127.0.0.1:2", version: "1"
            )
            let registry = ClusterRegistry(
                node: node, store: own, eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let running = Task { await registry.run() }
            try await registry.ready()
            while !registry.status.isProven { await Task.yield() }
            let records = try StoreNamespace("_registry")
            var watch = try await others.watch(StoreScope(records), after: nil).makeAsyncIterator()
            etcd[0].pause()
            var isGone = false
            while !isGone, let event = try await watch.next() {
                guard case .changes(let set) = event else { continue }
                isGone = set.changes.contains { $0.key.key == "nodes/n1" && $0.entry == nil }
            }
            #expect(isGone && !registry.status.isProven)
            // It runs again, and enters anew.
            etcd[0].resume()
            while !registry.status.isProven { await Task.yield() }
            running.cancel()
            await running.value
            await own.close()
            await others.close()
        }
    }
}
