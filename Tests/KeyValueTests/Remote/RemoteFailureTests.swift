import CrierCore
import CrierGRPC
import CrierServices
import CrierStorage
import KeyValueStoreContract
import Logging
import NIOCore
import NIOPosix
import Testing

@Suite("RemoteKeyValueStore: when the other gateway fails", .timeLimit(.minutes(10)))
struct RemoteFailureTests {
    private let key = StoreKey(StoreNamespace(constant: "n"), constant: "k")

    /// A store at `address`, followed while `body` runs.
    private func withRemote(
        at address: HostPort,
        silence: Duration? = nil,
        secret: PeerSecret? = nil,
        _ body: (RemoteKeyValueStore) async throws -> Void
    ) async throws {
        var settings = RemoteStoreSettings(target: address)
        if let secret { settings.metadata = secret.metadata }
        settings.callTimeout = .seconds(120)
        settings.leaseTimeout = .seconds(120)
        settings.silence = silence ?? .seconds(120)
        let remote = RemoteKeyValueStore(
            settings,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask { await remote.run() }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(remote))
            } catch {
                result = .failure(error)
            }
            group.cancelAll()
            return result
        }
        await remote.close()
        try result.get()
    }

    private func refusal(_ body: () async throws(KeyValueError) -> Void) async -> KeyValueError.Code? {
        do throws(KeyValueError) {
            try await body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test("Nobody there: everything is refused, and nothing was done")
    func nobody() async throws {
        let door = try await NodeDoor(MemoryKeyValueStore())
        await door.close()
        try await withRemote(at: door.address) { store in
            #expect(await refusal { () async throws(KeyValueError) in _ = try await store.get(key) } == .unavailable)
            let write = await refusal { () async throws(KeyValueError) in _ = try await store.put(key, .bool(true)) }
            #expect(write == .unavailable)
            let lease = await refusal { () async throws(KeyValueError) in
                _ = try await store.grantLease(milliseconds: 5_000)
            }
            #expect(lease == .unavailable)
            let watch = await refusal { () async throws(KeyValueError) in
                _ = try await store.watch(.everything, after: nil)
            }
            #expect(watch == .unavailable)
        }
    }

    @Test("A write whose answer is lost may have happened; a read has only failed")
    func lost() async throws {
        let door = try await MuteDoor()
        try await withRemote(at: door.address) { store in
            async let write = refusal { () async throws(KeyValueError) in _ = try await store.put(key, .bool(true)) }
            async let read = refusal { () async throws(KeyValueError) in _ = try await store.get(key) }
            await door.heard(["Transact", "Get"])
            await door.close()
            #expect(await write == .indeterminate)
            #expect(await read == .unavailable)
        }
    }

    @Test("An open watch goes on without a gap when the other gateway has restarted")
    func restart() async throws {
        let behind = MemoryKeyValueStore()
        let first = try await NodeDoor(behind)
        try await withRemote(at: first.address) { store in
            var watch = try await store.watch(StoreScope(key.namespace), after: nil).makeAsyncIterator()
            try await behind.put(key, .integer(1))
            #expect(try await nextValues(&watch) == [.integer(1)])
            await first.close()
            try await behind.put(key, .integer(2))
            let second = try await NodeDoor(behind, at: first.address)
            try await behind.put(key, .integer(3))
            #expect(try await nextValues(&watch) == [.integer(2)])
            #expect(try await nextValues(&watch) == [.integer(3)])
            await second.close()
        }
    }

    @Test("When the other gateway's store is another one after its restart, every watch hears so")
    func otherStore() async throws {
        let first = try await NodeDoor(MemoryKeyValueStore(epoch: 7))
        try await withRemote(at: first.address) { store in
            var watch = try await store.watch(.everything, after: nil).makeAsyncIterator()
            await first.close()
            let second = try await NodeDoor(MemoryKeyValueStore(epoch: 8), at: first.address)
            await #expect(throws: StoreReset.epochChanged) {
                while let event = try await watch.next() {
                    if case .changes = event { Issue.record("a change of the other store is no change of this one") }
                }
            }
            await second.close()
        }
    }

    @Test("A gateway that says nothing any more is left, and asked anew")
    func silence() async throws {
        let door = try await MuteDoor()
        try await withRemote(at: door.address, silence: .milliseconds(200)) { _ in
            await door.heard(["Watch", "Watch", "Watch"])
        }
        await door.close()
    }

    @Test("Only who knows the secret gets to the store")
    func secret() async throws {
        let secret = try #require(PeerSecret(Array(repeating: 7, count: 32)))
        let other = try #require(PeerSecret(Array(repeating: 8, count: 32)))
        let door = try await NodeDoor(MemoryKeyValueStore(), secret: secret)
        try await withRemote(at: door.address, secret: secret) { store in
            try await store.put(key, .bool(true))
            var watch = try await store.watch(.everything, after: nil).makeAsyncIterator()
            try await store.put(key, .bool(false))
            #expect(try await nextValues(&watch) == [.bool(false)])
        }
        for wrong in [other, nil] {
            try await withRemote(at: door.address, secret: wrong) { store in
                let code = await refusal { () async throws(KeyValueError) in _ = try await store.get(key) }
                #expect(code == .unavailable)
                let write = await refusal { () async throws(KeyValueError) in _ = try await store.put(key, .bool(true))
                }
                #expect(write == .unavailable)
            }
        }
        await door.close()
    }

    private func nextValues(_ watch: inout StoreWatch.Iterator) async throws -> [StoreValue?] {
        while let event = try await watch.next() {
            if case .changes(let set) = event { return set.changes.map(\.entry?.value) }
        }
        return []
    }
}
