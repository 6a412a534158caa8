import CrierCore
import CrierMessages

/// The single writes as transactions of one, and what they answer.
extension PutRequest {
    /// Throws `invalid` naming the field.
    func transaction() throws(KeyValueError) -> StoreTransaction {
        let key = try storeKey
        return StoreTransaction(if: try StoreTransaction.guards(on: key, condition), then: [try storeWrite(key)])
    }

    var storeKey: StoreKey {
        get throws(KeyValueError) { try StoreKey(namespace: namespace, key: key) }
    }

    /// What is written, without the condition.
    func storeWrite(_ key: StoreKey) throws(KeyValueError) -> StoreWrite {
        .put(key, try StoreValue(value, field: "value"), try expiry)
    }

    private var expiry: StoreExpiry {
        get throws(KeyValueError) {
            switch (ttlMs, leaseID) {
            case (0, 0): return .never
            case (0, _): return .lease(StoreLease.ID(leaseID))
            case (_, 0):
                let range = KeyValueLimits.expiryMilliseconds
                guard range.contains(ttlMs) else {
                    throw KeyValueError(
                        .invalid,
                        "ttl_ms \(ttlMs) is not allowed: 0 for no expiry, or \(range.lowerBound) to \(range.upperBound)"
                    )
                }
                return .after(milliseconds: ttlMs)
            default:
                throw KeyValueError(
                    .invalid,
                    "ttl_ms \(ttlMs) together with lease_id \(leaseID) is not allowed: an entry goes by one of them"
                )
            }
        }
    }
}

extension IncrementRequest {
    /// Throws `invalid` naming the field.
    func transaction() throws(KeyValueError) -> StoreTransaction {
        StoreTransaction(then: [storeWrite(try storeKey)])
    }

    var storeKey: StoreKey {
        get throws(KeyValueError) { try StoreKey(namespace: namespace, key: key) }
    }

    func storeWrite(_ key: StoreKey) -> StoreWrite {
        .increment(key, by: by, initial: initial)
    }
}

extension DeleteRequest {
    /// Throws `invalid` naming the field.
    func transaction() throws(KeyValueError) -> StoreTransaction {
        guard prefix else {
            let key = try storeKey
            return StoreTransaction(if: try StoreTransaction.guards(on: key, condition), then: [.delete(key)])
        }
        guard condition == nil else {
            throw KeyValueError(.invalid, "condition together with prefix is not allowed: it is about a single key")
        }
        return StoreTransaction(then: [try prefixDeletion])
    }

    var storeKey: StoreKey {
        get throws(KeyValueError) { try StoreKey(namespace: namespace, key: key) }
    }

    var prefixDeletion: StoreWrite {
        get throws(KeyValueError) {
            .deletePrefix(try StoreNamespace(named: namespace), try StoreScope.checked(key))
        }
    }
}

extension PutResponse {
    /// Of a transaction that was one put or one increment. Throws `preconditionFailed` when its condition did not hold.
    init(_ outcome: StoreTransaction.Outcome) throws(KeyValueError) {
        if let refusal = outcome.refusal { throw .refused(refusal) }
        let change = outcome.changes.first
        self.init(
            entry: change?.entry.map { Entry($0) },
            previous: change?.previous.map { Entry($0) },
            position: Position(outcome.position)
        )
    }
}

extension DeleteResponse {
    /// Of a transaction that was one deletion. Throws `preconditionFailed` when its condition did not hold.
    init(_ outcome: StoreTransaction.Outcome, ofPrefix: Bool) throws(KeyValueError) {
        if let refusal = outcome.refusal { throw .refused(refusal) }
        let previous = ofPrefix ? nil : outcome.changes.first?.previous
        self.init(
            deleted: UInt64(outcome.changes.count),
            position: Position(outcome.position),
            previous: previous.map { Entry($0) }
        )
    }
}

extension StoreTransaction {
    /// The guard of a single write; none without a condition.
    fileprivate static func guards(on key: StoreKey, _ condition: Condition?) throws(KeyValueError) -> [Guard] {
        guard let condition else { return [] }
        return [Guard(key, try StoreCondition(condition))]
    }
}
