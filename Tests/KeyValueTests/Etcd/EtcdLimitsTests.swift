import CrierCore
import CrierStorage
import EtcdMembers
import Testing

private func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(EtcdFaults.room, name) }

extension EtcdTests {
    @Suite("Etcd: limits")
    struct Limits {
        @Test("The largest transactions of the port stay within etcd's 128 operations and 1.5 MiB")
        func largestTransactions() async throws {
            let etcd = try EtcdFaults(1)
            let store = try await etcd.open()
            let count = KeyValueLimits.transactionOperations
            // The longest keys, which etcd is told twice, and as many bytes beside them as are allowed.
            let names = (0..<count).map { String(repeating: "k", count: KeyValueLimits.keyBytes - 4) + "\($0 + 1_000)" }
            let keys = try names.map { try key($0) }
            let keyBytes = keys.reduce(0) { $0 + $1.byteCount }
            let share = (KeyValueLimits.transactionBytes - keyBytes) / count - 16
            let value = StoreValue.bytes(Array(repeating: 7, count: share))
            let full = try await store.transact(StoreTransaction(then: keys.map { .put($0, value) }))
            #expect(full.changes.count == count)
            let half = keys.prefix(count / 2)
            let guarded = try await store.transact(
                StoreTransaction(
                    if: half.map { .init($0, .revision(full.position.revision)) },
                    then: half.map { .delete($0) },
                    otherwise: half.map { .put($0, value) }
                )
            )
            #expect(guarded.succeeded && guarded.changes.count == count / 2)
            let rest = keys.suffix(count / 2)
            for key in rest { try await store.put(key, .integer(1)) }
            let counted = try await store.transact(
                StoreTransaction(
                    if: rest.map { .init($0, .value(.integer(1))) },
                    then: rest.map { .increment($0, by: 1, initial: 0) }
                )
            )
            #expect(counted.succeeded && counted.changes.count == count / 2)
            await store.close()
        }

        @Test("Etcd's space is used up: writes are refused as quota, reads and deletions go on; freed, writes do too")
        func noSpace() async throws {
            let etcd = try EtcdFaults(1, flags: ["--quota-backend-bytes", "\(8 << 20)"])
            let store = try await etcd.open()
            let start = try await store.put(key("start"), .integer(1)).position
            var watch = try await store.watch(StoreScope(EtcdFaults.room), after: start).makeAsyncIterator()
            let value = StoreValue.bytes(Array(repeating: 7, count: 1 << 19))
            var refusal: KeyValueError?
            var taken = 0
            while refusal == nil, taken < 100 {
                let name = try key("k\(taken)")
                refusal = await EtcdFaults.refusal { () async throws(KeyValueError) in try await store.put(name, value)
                }
                if refusal == nil { taken += 1 }
            }
            #expect(refusal?.code == .quota, "\(String(describing: refusal))")
            #expect(taken > 0)
            #expect(try await store.get(key("k0")).entry?.value == value)
            let deleted = try await store.delete(EtcdFaults.room, prefix: "k")
            #expect(deleted == taken)
            // Nothing is lost of what went before.
            for _ in 0...taken { _ = try await watch.next() }
            let small = await EtcdFaults.refusal { () async throws(KeyValueError) in
                try await store.put(key("k0"), .integer(1))
            }
            #expect(small?.code == .quota)
            try await etcd[0].compact(to: store.get(key("k0")).position.revision)
            try etcd[0].defragmentAndDisarm()
            try await store.put(key("k0"), value)
            await store.close()
        }
    }
}
