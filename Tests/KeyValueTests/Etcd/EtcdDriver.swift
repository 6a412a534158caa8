import CrierCore
import CrierGRPC
import CrierStorage
import EtcdMembers
import KeyValueStoreContract
import NIOPosix
import Synchronization
import Testing

/// The etcd store as the contract wants it, each time below another prefix of one member.
///
/// What it cannot do: nobody moves etcd's clock, and its backups are made by its own tools.
struct EtcdDriver: ContractDriver {
    let abilities: Set<StoreAbility> = [.reopening, .bookmarks, .retention, .quotas]
    private let members: EtcdMembers

    init(_ members: EtcdMembers) {
        self.members = members
    }

    func open(_ settings: ContractSettings) async throws -> any ContractStore {
        var own = EtcdStoreSettings(members, prefix: "/contract/\(UInt64.random(in: 0 ... .max))")
        own.quotas = settings.quotas
        // A sign would be a revision that a promise does not expect.
        own.announceInterval = .seconds(3_600)
        own.retainedRevisions = UInt64(settings.retainedRevisions)
        return try await EtcdContractStore(own)
    }
}

extension EtcdStoreSettings {
    /// Patient: members that were just started, on a machine with much to do, are waited for.
    init(_ members: EtcdMembers, prefix: String) {
        self.init(endpoints: members.members.compactMap { HostPort($0.address) }, prefix: prefix)
        patience = .seconds(60)
        requestTimeout = .seconds(60)
    }
}

private final class EtcdContractStore: ContractStore {
    private let settings: EtcdStoreSettings
    private let current: Mutex<EtcdKeyValueStore>

    init(_ settings: EtcdStoreSettings) async throws {
        self.settings = settings
        current = Mutex(try await Self.open(settings))
    }

    var store: any KeyValueStore { etcd }

    func advance(milliseconds: Int64) async throws { throw KeyValueError(.unavailable, "the clock is etcd's own") }

    func reopen() async throws {
        await etcd.close()
        let next = try await Self.open(settings)
        current.withLock { $0 = next }
    }

    func announce() async throws { await etcd.announceProgress() }

    func close() async {
        await etcd.close()
        // What is left on leases would go during later promises, which count etcd's revisions.
        guard let cleaner = try? await Self.open(settings) else { return }
        let left = (try? await cleaner.namespaces().namespaces) ?? []
        for namespace in left.map(\.namespace) { _ = try? await cleaner.delete(namespace, prefix: "") }
        await cleaner.close()
    }

    private var etcd: EtcdKeyValueStore { current.withLock { $0 } }

    private static func open(_ settings: EtcdStoreSettings) async throws -> EtcdKeyValueStore {
        try await EtcdKeyValueStore.open(settings, group: MultiThreadedEventLoopGroup.singleton)
    }
}
