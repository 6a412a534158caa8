import CrierCore
import KeyValueStoreContract
import Testing

private let room = StoreNamespace(constant: "accounts")

@Suite("StoreAccounts")
struct StoreAccountsTests {
    @Test("Whatever changes, the accounts are those of the entries, and reverting goes back exactly")
    func model() throws {
        var random = SeededGenerator(state: 7)
        var accounts = StoreAccounts()
        var entries: [StoreKey: StoreEntry] = [:]
        var history: [(StoreAccounts, [StoreChange])] = []
        for revision in UInt64(1)...2_000 {
            let changes = try randomChanges(revision, entries, &random)
            history.append((accounts, changes))
            accounts.apply(changes)
            for change in changes { entries[change.key] = change.entry }
            var counted = StoreAccounts()
            for id in accounts.leases.keys { counted.grant(id) }
            for entry in entries.values { counted.add(entry) }
            #expect(accounts == counted)
        }
        for (before, changes) in history.reversed() {
            accounts.revert(changes)
            #expect(accounts.usage == before.usage)
            #expect(accounts.timedEntries == before.timedEntries)
        }
    }

    @Test("A lease exists from its grant to its end")
    func leases() {
        var accounts = StoreAccounts()
        let id = StoreLease.ID(3)
        #expect(accounts.leases[id] == nil)
        accounts.grant(id)
        #expect(accounts.leases[id] == 0)
        accounts.end(id)
        #expect(accounts.leases[id] == nil)
    }

    private func randomChanges(
        _ revision: UInt64,
        _ entries: [StoreKey: StoreEntry],
        _ random: inout SeededGenerator
    ) throws -> [StoreChange] {
        let names = Set((0..<3).map { _ in Int.random(in: 0..<20, using: &random) }).sorted()
        return try names.compactMap { name in
            let namespace = name % 2 == 0 ? room : StoreNamespace(constant: "other")
            let key = try StoreKey(namespace, "k\(name)")
            if let old = entries[key], Bool.random(using: &random) { return .delete(old, revision: revision) }
            let expiries = [StoreExpiry.never, .after(milliseconds: 5), .lease(StoreLease.ID(1))]
            let entry = StoreEntry(
                key: key,
                value: .string(String(repeating: "v", count: Int.random(in: 0..<9, using: &random))),
                createRevision: revision,
                revision: revision,
                version: 1,
                updatedAt: 0,
                expiry: expiries.randomElement(using: &random) ?? .never
            )
            return .put(entry, previous: entries[key])
        }
    }
}
