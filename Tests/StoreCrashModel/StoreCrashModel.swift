public import CrierCore

/// What the crashing process writes at each revision, so that who looks afterwards knows what must be there.
public enum StoreCrashModel {
    public static let room = StoreNamespace(constant: "crash")
    public static let counter = StoreKey(room, constant: "counter")
    /// Few, so that every run compacts; fewer than keys, so that what is removed from the log must be in the table.
    public static let retainedRevisions: UInt64 = 40

    private static let keys: UInt64 = 61

    /// A revision makes two keys what its number says, and deletes a third now and then.
    public static func transaction(_ revision: UInt64) -> StoreTransaction {
        var writes: [StoreWrite] = [
            .put(counter, .integer(Int64(revision))), .put(key(revision % keys), value(revision)),
        ]
        if revision % 7 == 0 { writes.append(.delete(key((revision + 30) % keys))) }
        return StoreTransaction(then: writes)
    }

    /// Every entry at a revision: its value, and the revision that made it.
    public static func entries(at revision: UInt64) -> [StoreKey: (value: StoreValue, revision: UInt64)] {
        var entries: [StoreKey: (value: StoreValue, revision: UInt64)] = [:]
        // Older ones are overwritten by now.
        for number in (revision > 2 * keys ? revision - 2 * keys : 0)...revision where number > 0 {
            for write in transaction(number).then {
                switch write {
                case .put(let key, let value, _): entries[key] = (value, number)
                case .delete(let key): entries[key] = nil
                default: break
                }
            }
        }
        return entries
    }

    private static func key(_ number: UInt64) -> StoreKey {
        guard let key = try? StoreKey(room, "k\(number)") else {
            preconditionFailure("a key without control characters")
        }
        return key
    }

    /// Up to 6 KiB: with and without overflow pages, compressed or not.
    private static func value(_ revision: UInt64) -> StoreValue {
        let count = Int(revision &* 2_654_435_761 % 6_000)
        guard revision % 3 == 0 else { return .string("\(revision) " + String(repeating: "v", count: count)) }
        return .bytes((0..<UInt64(count)).map { UInt8(truncatingIfNeeded: ($0 &* revision &* 2_654_435_761) >> 11) })
    }
}
