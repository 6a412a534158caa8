import CrierCore
import Testing

let modelPromises = [
    StorePromise(
        "Random operations do what a plain model says, and replaying the watch rebuilds what list says",
        needs: []
    ) {
        try await ModelRun.run($0, abilities: [], operations: 1_500)
    },
    StorePromise("So they do while time goes by: expiries, leases, renewals", needs: [.clock]) {
        try await ModelRun.run($0, abilities: [.clock], operations: 2_500)
    },
    StorePromise("So they do across restarts", needs: [.reopening]) {
        try await ModelRun.run($0, abilities: [.reopening], operations: 1_000)
    },
]

/// A store and its model, side by side.
private struct ModelRun {
    private let contract: any ContractStore
    private let seed: UInt64
    private var model = StoreModel()
    private var operations: OperationGenerator
    /// What the model held at revisions that were looked at.
    private var moments: [(revision: UInt64, entries: [StoreKey: StoreModel.Held])] = []

    private var store: any KeyValueStore { contract.store }
    private var comment: Comment { "seed \(seed)" }

    static func run(_ contract: any ContractStore, abilities: Set<StoreAbility>, operations: Int) async throws {
        var run = ModelRun(contract, abilities: abilities, seed: .random(in: 0 ... .max))
        try await run.run(operations: operations)
    }

    private init(_ contract: any ContractStore, abilities: Set<StoreAbility>, seed: UInt64) {
        self.contract = contract
        self.seed = seed
        operations = OperationGenerator(seed: seed, abilities: abilities)
    }

    private mutating func run(operations count: Int) async throws {
        let start = try await store.get(key("a0")).position
        for index in 0..<count {
            try await doNext()
            if index % 20 == 0 { try await compare() }
        }
        try await compare()
        try await replay(after: start)
        try await lookBack()
    }

    private mutating func doNext() async throws {
        switch try operations.next() {
        case .transact(let transaction): try await transact(transaction)
        case .grant(let milliseconds):
            let lease = try await store.grantLease(milliseconds: milliseconds)
            model.grant(lease)
            operations.granted(lease.id)
        case .renew(let id):
            let renewed = await succeeded { () async throws(KeyValueError) in _ = try await store.renewLease(id) }
            try #require(renewed == model.leaseIDs.contains(id), comment)
            model.renew(id)
        case .revoke(let id):
            let revoked = await succeeded { () async throws(KeyValueError) in _ = try await store.revokeLease(id) }
            try #require(revoked == model.leaseIDs.contains(id), comment)
            model.revoke(id)
        case .advance(let milliseconds):
            try await contract.advance(milliseconds: milliseconds)
            model.advance(milliseconds: milliseconds)
        case .reopen: try await contract.reopen()
        }
    }

    private mutating func transact(_ transaction: StoreTransaction) async throws {
        let before = try await store.get(key("a0")).position
        let expected = model.transact(transaction)
        var position = before
        do throws(KeyValueError) {
            let outcome = try await store.transact(transaction)
            position = outcome.position
            let answer = StoreModel.Answer.done(succeeded: outcome.succeeded, changed: outcome.changes.map(\.key))
            try require(answer == expected, "\(answer) is not \(expected) for \(transaction)")
            try require((position.revision > before.revision) == !outcome.changes.isEmpty, "\(before) to \(position)")
        } catch {
            try require(.refused(error.code) == expected, "\(error) is not \(expected) for \(transaction)")
        }
        #expect(try await store.get(key("a0")).position == position, comment)
    }

    /// As an error of the store's own kind, which leaves the typed `do` above alone.
    private func require(_ condition: Bool, _ text: String) throws(KeyValueError) {
        if !condition { throw KeyValueError(.invalid, "\(text) (seed \(seed))") }
    }

    private func succeeded(_ body: () async throws(KeyValueError) -> Void) async -> Bool {
        do throws(KeyValueError) {
            try await body()
            return true
        } catch {
            #expect(error.code == .leaseNotFound, comment)
            return false
        }
    }

    private mutating func compare() async throws {
        var listed: [StoreKey: StoreModel.Held] = [:]
        let position = try await store.forEach(in: StoreScope(room)) { listed[$0.key] = StoreModel.Held($0) }
        let expected = model.entries.mapValues { $0.withoutDeadline }
        try #require(listed == expected, comment)
        moments.append((position.revision, expected))
    }

    /// Each change begins where the one before ended, and the last state is the list.
    private func replay(after start: StorePosition) async throws {
        var listed: [StoreKey: StoreEntry] = [:]
        let end = try await store.forEach(in: .everything) { listed[$0.key] = $0 }
        var replayed: [StoreKey: StoreEntry] = [:]
        var watch = try await store.watch(.everything, after: start).makeAsyncIterator()
        var last = start.revision
        while last < end.revision, let set = try await changes(&watch, 1).first {
            try #require(set.position.revision > last, comment)
            last = set.position.revision
            for change in set.changes {
                #expect(change.revision == last, comment)
                #expect(replayed[change.key]?.withoutDeadline == change.previous?.withoutDeadline, comment)
                replayed[change.key] = change.entry
            }
        }
        #expect(replayed.mapValues(\.withoutDeadline) == listed.mapValues(\.withoutDeadline), comment)
    }

    private func lookBack() async throws {
        for moment in moments {
            for name in ["a0", "a1", "b0", "b5"] {
                let read = try await store.get(key(name), at: moment.revision)
                #expect(try read.entry.map(StoreModel.Held.init) == moment.entries[key(name)], comment)
            }
        }
    }
}

extension StoreModel.Held {
    init(_ entry: StoreEntry) {
        self.init(value: entry.value, version: entry.version, expiry: entry.expiry, deadline: nil)
    }

    fileprivate var withoutDeadline: Self {
        StoreModel.Held(value: value, version: version, expiry: expiry, deadline: nil)
    }
}

extension StoreEntry {
    /// When it goes may be later after a restart.
    fileprivate var withoutDeadline: StoreEntry {
        StoreEntry(
            key: key,
            value: value,
            createRevision: createRevision,
            revision: revision,
            version: version,
            updatedAt: updatedAt,
            expiry: expiry
        )
    }
}
