import CrierCore
import CrierGRPC
import CrierStorage
import KeyValueStoreContract
import Testing

/// One after the other: watchers that wait for the cores of a hundred other promises fall behind, and read again and
/// again what they could have heard. All at once they need twice the work.
@Suite("RemoteKeyValueStore", .serialized, .timeLimit(.minutes(10)))
struct RemoteKeyValueStoreTests {
    @Test(
        "Another gateway's store keeps every promise of the port",
        arguments: KeyValueStoreContract.promises(RemoteDriver(behind: SQLiteDriver()))
    )
    func contract(_ promise: StorePromise) async throws {
        try await promise.check(RemoteDriver(behind: SQLiteDriver()))
    }
}
