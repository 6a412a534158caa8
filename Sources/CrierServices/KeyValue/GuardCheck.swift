import CrierCore

/// What a transaction's guards ask must be possible: conditions that contradict each other are a mistake of the caller,
/// and not a test that fails.
extension StoreTransaction {
    /// Throws `invalid` naming the key and both guards.
    func refuseContradictions(field: String) throws(KeyValueError) {
        var seen: [StoreKey: [Int]] = [:]
        for (place, test) in guards.enumerated() {
            for earlier in seen[test.key] ?? [] where guards[earlier].condition.contradicts(test.condition) {
                throw KeyValueError(
                    .invalid,
                    "\(field)[\(earlier)] and \(field)[\(place)] contradict each other: both can never hold for key "
                        + "\(test.key)"
                )
            }
            seen[test.key, default: []].append(place)
        }
    }
}

extension StoreCondition {
    fileprivate func contradicts(_ other: StoreCondition) -> Bool {
        switch (self, other) {
        case (.absent, .absent): false
        case (.absent, _), (_, .absent): true
        case (.revision(let one), .revision(let two)): one != two
        case (.value(let one), .value(let two)): one != two
        default: false
        }
    }
}
