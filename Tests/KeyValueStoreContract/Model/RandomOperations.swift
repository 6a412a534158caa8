import CrierCore

/// One thing that happens to a store and to its model.
enum RandomOperation {
    case transact(StoreTransaction)
    case grant(milliseconds: Int64)
    case renew(StoreLease.ID)
    case revoke(StoreLease.ID)
    case advance(milliseconds: Int64)
    case reopen
}

/// Makes operations that meet each other: few keys, few leases, short times.
struct OperationGenerator {
    private var random: SeededGenerator
    private let abilities: Set<StoreAbility>
    /// Leases that were granted so far, also those that are gone.
    private var leases: [StoreLease.ID] = []

    init(seed: UInt64, abilities: Set<StoreAbility>) {
        random = SeededGenerator(state: seed)
        self.abilities = abilities
    }

    mutating func granted(_ id: StoreLease.ID) {
        leases.append(id)
        if leases.count > 6 { leases.removeFirst() }
    }

    mutating func next() throws -> RandomOperation {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<3: return .grant(milliseconds: leaseTime())
        case 3..<8:
            return leases.randomElement(using: &random).map(RandomOperation.renew) ?? .grant(milliseconds: leaseTime())
        case 8..<9:
            return leases.randomElement(using: &random).map(RandomOperation.revoke) ?? .grant(milliseconds: leaseTime())
        case 9..<20 where abilities.contains(.clock):
            return .advance(milliseconds: Int64.random(in: 1...900, using: &random))
        case 20 where abilities.contains(.reopening) && random.oneIn(4): return .reopen
        default: return .transact(try transaction())
        }
    }

    /// Short where the test moves the clock; where nobody does, a driver's own clock must not end a lease meanwhile.
    private mutating func leaseTime() -> Int64 {
        Int64.random(in: abilities.contains(.clock) ? 2_000...5_000 : 3_600_000...7_200_000, using: &random)
    }

    private mutating func transaction() throws -> StoreTransaction {
        var guards: [StoreTransaction.Guard] = []
        if random.oneIn(2) { guards.append(StoreTransaction.Guard(try name(), condition())) }
        if random.oneIn(6) { guards.append(StoreTransaction.Guard(try name(), condition())) }
        return StoreTransaction(if: guards, then: try writes(), otherwise: random.oneIn(2) ? [] : try writes())
    }

    private mutating func writes() throws -> [StoreWrite] {
        if random.oneIn(25) { return [.deletePrefix(room, ["a", "b", "a1", ""].randomElement(using: &random) ?? "")] }
        var names = Set<StoreKey>()
        for _ in 0..<Int.random(in: 1...3, using: &random) { names.insert(try name()) }
        return names.sorted().map { write($0) }
    }

    private mutating func write(_ key: StoreKey) -> StoreWrite {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2: return .delete(key)
        case 2..<5:
            let amounts: [Int64] = [1, -7, .max, .min]
            return .increment(key, by: amounts.randomElement(using: &random) ?? 1, initial: 100)
        default: return .put(key, value(), expiry())
        }
    }

    private mutating func expiry() -> StoreExpiry {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3 where abilities.contains(.clock): .after(milliseconds: Int64.random(in: 1...3_000, using: &random))
        case 3..<6: leases.randomElement(using: &random).map(StoreExpiry.lease) ?? .never
        default: .never
        }
    }

    private mutating func value() -> StoreValue {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .string("text")
        case 1: .bool(true)
        default: .integer(Int64.random(in: 0..<3, using: &random))
        }
    }

    private mutating func condition() -> StoreCondition {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .absent
        case 1: .value(value())
        default: .present
        }
    }

    private mutating func name() throws -> StoreKey {
        try key("\(random.oneIn(2) ? "a" : "b")\(Int.random(in: 0..<6, using: &random))")
    }
}
