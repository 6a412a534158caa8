import CrierCore
import KeyValueStoreContract
import Testing

@Suite("MemoryKeyValueStore")
struct MemoryKeyValueStoreTests {
    @Test("The memory store keeps every promise of the port", arguments: KeyValueStoreContract.promises)
    func contract(_ promise: StorePromise) async throws {
        try await promise.check(MemoryKeyValueStore())
    }
}
