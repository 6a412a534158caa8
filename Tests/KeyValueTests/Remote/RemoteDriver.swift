import CrierCore
import CrierGRPC
import CrierServices
import CrierStorage
import KeyValueStoreContract
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Another gateway's store as the contract wants it: the real service over a real socket, in front of a store that
/// `behind` opens.
struct RemoteDriver: ContractDriver {
    let behind: any ContractDriver

    var abilities: Set<StoreAbility> { behind.abilities }

    func open(_ settings: ContractSettings) async throws -> any ContractStore {
        try await RemoteContractStore(behind.open(settings))
    }
}

private final class RemoteContractStore: ContractStore {
    private let behind: any ContractStore
    private let gateway: Mutex<NodeDoor>
    private let remote: RemoteKeyValueStore
    private let following: Task<Void, Never>

    init(_ behind: any ContractStore) async throws {
        self.behind = behind
        let door = try await NodeDoor(behind.store)
        gateway = Mutex(door)
        var settings = RemoteStoreSettings(target: door.address)
        // The promises are about the store, on a machine as slow as it likes.
        settings.callTimeout = .seconds(300)
        settings.leaseTimeout = .seconds(300)
        settings.silence = .seconds(300)
        remote = RemoteKeyValueStore(
            settings,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        following = Task { [remote] in await remote.run() }
    }

    var store: any KeyValueStore { remote }

    func advance(milliseconds: Int64) async throws { try await behind.advance(milliseconds: milliseconds) }

    func announce() async throws { try await behind.announce() }

    /// The other gateway ends and begins again, at the same address.
    func reopen() async throws {
        let door = gateway.withLock { $0 }
        await door.close()
        try await behind.reopen()
        let next = try await NodeDoor(behind.store, at: door.address)
        gateway.withLock { $0 = next }
        // Open again is what can be asked and followed again.
        while (try? await remote.watch(.everything, after: nil)) == nil { try Task.checkCancellation() }
    }

    func close() async {
        // To begin a watch is to wait until everything that was written before was heard.
        _ = try? await remote.watch(.everything, after: nil)
        following.cancel()
        await remote.close()
        await gateway.withLock { $0 }.close()
        await behind.close()
    }
}
