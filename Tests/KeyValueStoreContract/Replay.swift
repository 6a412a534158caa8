import CrierCore
import Testing

/// SplitMix64: a failing run can be run again from the seed that it prints.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(state: UInt64) {
        self.state = state
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

let historyPromises = [
    StorePromise("Replaying the watch rebuilds what list says, and both are what a plain dictionary says") { store in
        var random = SeededGenerator(state: 20_240_607)
        var model: [StoreKey: StoreValue] = [:]
        for _ in 0..<400 {
            let transaction = try randomTransaction(&random)
            let outcome = try await store.transact(transaction)
            #expect(
                outcome.succeeded
                    == transaction.guards.allSatisfy { (model[$0.key] == nil) == ($0.condition == .absent) })
            for write in outcome.succeeded ? transaction.then : transaction.otherwise { apply(write, &model) }
        }
        var listed: [StoreKey: StoreEntry] = [:]
        let position = try await store.forEach(in: .everything) { listed[$0.key] = $0 }
        #expect(listed.mapValues(\.value) == model)

        var replayed: [StoreKey: StoreEntry] = [:]
        let start = StorePosition(epoch: position.epoch, revision: 0)
        for try await event in try await store.watch(.everything, after: start) {
            guard case .changes(let set) = event else { continue }
            for change in set.changes {
                #expect(replayed[change.key] == change.previous)
                replayed[change.key] = change.entry
            }
            if set.position == position { break }
        }
        #expect(replayed == listed)
    }
]

private func randomTransaction(_ random: inout SeededGenerator) throws -> StoreTransaction {
    func name() throws -> StoreKey {
        try key("\(["a", "b"].randomElement(using: &random)!)\(Int.random(in: 0..<8, using: &random))")
    }
    func writes() throws -> [StoreWrite] {
        let names = try Set((0..<Int.random(in: 1...3, using: &random)).map { _ in try name() })
        if Int.random(in: 0..<20, using: &random) == 0 { return [.deletePrefix(room, "a")] }
        return names.sorted()
            .map { key in
                Int.random(in: 0..<4, using: &random) == 0
                    ? .delete(key) : .put(key, .integer(Int64.random(in: 0..<1_000, using: &random)))
            }
    }
    let condition: StoreCondition = Bool.random(using: &random) ? .absent : .present
    let guards = try Bool.random(using: &random) ? [StoreTransaction.Guard(name(), condition)] : []
    return try StoreTransaction(if: guards, then: writes(), otherwise: writes())
}

private func apply(_ write: StoreWrite, _ model: inout [StoreKey: StoreValue]) {
    switch write {
    case .put(let key, let value, _): model[key] = value
    case .delete(let key): model[key] = nil
    case .increment: break
    case .deletePrefix(let namespace, let prefix):
        let scope = StoreScope(namespace, prefix: prefix)
        model = model.filter { !scope.contains($0.key) }
    }
}
