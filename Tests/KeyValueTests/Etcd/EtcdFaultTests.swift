import CrierCore
import CrierStorage
import EtcdMembers
import NIOPosix
import Testing

private let room = StoreNamespace(constant: "room")

private func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(room, name) }

@Suite("Etcd's faults", .serialized, .enabled(if: SharedStores.areTested))
struct EtcdFaultTests {
    @Test("Each of three members is killed in turn: what was answered is heard once and in order, nothing else twice")
    func membersKilled() async throws {
        let members = try EtcdMembers(3)
        let store = try await open(members)
        let start = try await put(key("start"), to: store)
        let watch = try await store.watch(StoreScope(room), after: start)
        let writing = Task { try await write(to: store, prefix: "a") }
        for member in members.members {
            member.kill()
            // Answered by the other two.
            try await put(key("while \(member.place.name) is away"), to: store)
            try member.start()
        }
        writing.cancel()
        let answered = try await writing.value
        #expect(!answered.isEmpty)
        let last = try await put(key("end"), to: store)
        try await expect(watch, tells: answered, until: last)
        await store.close()
    }

    @Test("All members go: reads and writes say that nothing was done; they come back: the watch goes on without a gap")
    func allKilled() async throws {
        let members = try EtcdMembers(3)
        let store = try await open(members, patience: .seconds(1))
        let start = try await put(key("start"), to: store)
        let watch = try await store.watch(StoreScope(room), after: start)
        let before = try await put(key("before"), to: store)
        members.kill()
        var codes: [KeyValueError.Code] = []
        for _ in 0..<2 {
            do throws(KeyValueError) {
                try await store.put(key("lost"), .integer(1))
            } catch {
                codes.append(error.code)
            }
        }
        // The first may find a connection that is just breaking.
        #expect(codes.count == 2 && codes.last == .unavailable)
        let read = await #expect(throws: KeyValueError.self) { try await store.get(key("k")) }
        #expect(read?.code == .unavailable)
        for member in members.members { try member.start() }
        let after = try await put(key("after"), to: store)
        try await expect(watch, tells: [before.revision, after.revision], until: after)
        await store.close()
    }

    @Test("Members stand still one after the other, connections open: the others answer, and the watch goes on")
    func membersStop() async throws {
        let members = try EtcdMembers(3)
        let store = try await open(members)
        let start = try await put(key("start"), to: store)
        let watch = try await store.watch(StoreScope(room), after: start)
        var answered: [UInt64] = []
        for member in members.members {
            member.pause()
            answered.append(try await put(key("without \(member.place.name)"), to: store).revision)
            member.resume()
        }
        let last = try await put(key("end"), to: store)
        try await expect(watch, tells: answered, until: last)
        await store.close()
    }

    @Test("The only member stands still: a lease is not said to be renewed when it was not, nor a write to be refused")
    func onlyMemberStops() async throws {
        let members = try EtcdMembers(1)
        let store = try await open(members, patience: .seconds(1), requestTimeout: .seconds(1))
        let lease = try await granted(store)
        members.members[0].pause()
        let error = await #expect(throws: KeyValueError.self) { try await store.renewLease(lease.id) }
        #expect(error?.code == .unavailable)
        let write = await #expect(throws: KeyValueError.self) { try await store.put(key("k"), .integer(1)) }
        #expect(write?.code == .indeterminate || write?.code == .unavailable)
        members.members[0].resume()
        while (try? await store.renewLease(lease.id)) == nil {}
        await store.close()
    }

    @Test("A cluster that was set up anew is another store: positions of the old one do not count, and its watches end")
    func wiped() async throws {
        let members = try EtcdMembers(1)
        let store = try await open(members)
        for index in 0..<20 { try await store.put(key("k\(index)"), .integer(1)) }
        let old = try await store.get(key("k0")).position
        var watch = try await store.watch(StoreScope(room), after: old).makeAsyncIterator()
        members.kill()
        try members.members[0].wipe()
        try members.members[0].start()
        await #expect(throws: StoreReset.epochChanged) {
            while let event = try await watch.next() { #expect(event.position == old) }
        }
        let now = try await store.get(key("k0"))
        #expect(now.entry == nil && now.position.epoch != old.epoch)
        let error = await #expect(throws: KeyValueError.self) { try await store.watch(StoreScope(room), after: old) }
        #expect(error?.code == .epochChanged)
        await store.close()
    }

    // MARK: Helpers

    private func open(
        _ members: EtcdMembers,
        patience: Duration = .seconds(60),
        requestTimeout: Duration = .seconds(2)
    ) async throws -> EtcdKeyValueStore {
        var settings = EtcdStoreSettings(members, prefix: "crier")
        // Members that were just started are waited for; afterwards the test says how long.
        let first = try await EtcdKeyValueStore.open(settings, group: MultiThreadedEventLoopGroup.singleton)
        await first.close()
        settings.patience = patience
        settings.requestTimeout = requestTimeout
        return try await EtcdKeyValueStore.open(settings, group: MultiThreadedEventLoopGroup.singleton)
    }

    private func granted(_ store: EtcdKeyValueStore) async throws -> StoreLease {
        while true {
            if let lease = try? await store.grantLease(milliseconds: 60_000) { return lease }
        }
    }

    /// Until it is answered.
    @discardableResult
    private func put(_ key: StoreKey, to store: EtcdKeyValueStore) async throws -> StorePosition {
        while true {
            if let position = try? await store.put(key, .integer(1)).position { return position }
            try Task.checkCancellation()
        }
    }

    /// Writes until it is cancelled; the revisions that were answered.
    private func write(to store: EtcdKeyValueStore, prefix: String) async throws -> [UInt64] {
        var answered: [UInt64] = []
        var index = 0
        while !Task.isCancelled {
            index += 1
            if let position = try? await store.put(key("\(prefix)\(index)"), .integer(1)).position {
                answered.append(position.revision)
            }
        }
        return answered
    }

    /// The watch tells all of these revisions, in order, and none twice.
    private func expect(_ watch: StoreWatch, tells answered: [UInt64], until last: StorePosition) async throws {
        var told: [UInt64] = []
        var iterator = watch.makeAsyncIterator()
        while told.last != last.revision, let event = try await iterator.next() {
            if case .changes(let set) = event { told.append(set.position.revision) }
        }
        #expect(told == told.sorted() && Set(told).count == told.count)
        #expect(Set(answered).isSubset(of: Set(told)))
    }
}
