import CrierCore
import CrierGRPC
import CrierStorage
import Foundation
import KeyValueStoreContract
import Testing

@Suite(
    "RemoteKeyValueStore", .enabled(if: ProcessInfo.processInfo.environment["CRIER_TEST_SHARED_STORES"] == "1"))
struct RemoteKeyValueStoreTests {
    @Test(
        "Another gateway's store keeps every promise of the port",
        arguments: KeyValueStoreContract.promises(RemoteDriver(behind: SQLiteDriver()))
    )
    func contract(_ promise: StorePromise) async throws {
        try await promise.check(RemoteDriver(behind: SQLiteDriver()))
    }
}
