import CrierCore
import KeyValueStoreContract
import NIOCore
import Synchronization
import Testing

@Suite("MemoryKeyValueStore", .timeLimit(.minutes(10)))
struct MemoryKeyValueStoreTests {
    @Test("The memory store keeps every promise of the port", arguments: KeyValueStoreContract.promises(MemoryDriver()))
    func contract(_ promise: StorePromise) async throws {
        try await promise.check(MemoryDriver())
    }

    @Test("It makes no backups, and says so")
    func backup() async {
        await #expect(throws: KeyValueError.self) { try await MemoryKeyValueStore().backup() }
    }
}

/// The memory store as the contract wants it: everything but what needs a disk.
struct MemoryDriver: ContractDriver {
    let abilities: Set<StoreAbility> = [.clock, .bookmarks, .retention, .quotas]

    func open(_ settings: ContractSettings) async throws -> any ContractStore { MemoryContractStore(settings) }
}

private final class MemoryContractStore: ContractStore {
    let memory: MemoryKeyValueStore
    private let time: ManualTime

    init(_ settings: ContractSettings) {
        let time = ManualTime()
        self.time = time
        memory = MemoryKeyValueStore(
            clock: time.wallClock,
            timer: time.monotonicClock,
            retainedRevisions: settings.retainedRevisions,
            quotas: settings.quotas
        )
    }

    var store: any KeyValueStore { memory }

    func advance(milliseconds: Int64) async throws {
        time.advance(milliseconds: milliseconds)
        memory.expireDue()
    }

    func reopen() async throws { throw KeyValueError(.unavailable, "nothing is left to open again") }

    func announce() async throws { memory.announceProgress() }

    func close() async { memory.close() }
}
