import CrierCore
import CrierMessages

/// A transaction of the contract. What is wrong is named with its place: `then[3].put: value is missing …`.
extension TransactRequest {
    /// Throws `invalid` naming the place and the field.
    func transaction() throws(KeyValueError) -> StoreTransaction {
        StoreTransaction(
            if: try Self.each(guards, "guards") { test throws(KeyValueError) in try test.storeGuard },
            then: try Self.writes(then, "then"),
            otherwise: try Self.writes(otherwise, "otherwise")
        )
    }

    /// Throws `invalid` for what is well-formed and can only be a mistake.
    func refuseMistakes(_ transaction: StoreTransaction) throws(KeyValueError) {
        guard !(then.isEmpty && otherwise.isEmpty && guards.isEmpty) else {
            throw KeyValueError(.invalid, "the transaction is empty: it needs guards, then or otherwise")
        }
        try transaction.refuseContradictions(field: "guards")
    }

    private static func writes(_ writes: [Write], _ field: String) throws(KeyValueError) -> [StoreWrite] {
        let converted = try each(writes, field) { write throws(KeyValueError) in try write.storeWrite }
        var places: [StoreKey: Int] = [:]
        for (place, write) in converted.enumerated() {
            guard let key = write.key, let earlier = places.updateValue(place, forKey: key) else { continue }
            throw KeyValueError(
                .invalid, "\(field)[\(earlier)] and \(field)[\(place)] both write key \(key): once is allowed"
            )
        }
        return converted
    }

    private static func each<Item, Result>(
        _ items: [Item],
        _ field: String,
        _ convert: (Item) throws(KeyValueError) -> Result
    ) throws(KeyValueError) -> [Result] {
        // Checked again by the core; here before any of them is made.
        guard items.count <= KeyValueLimits.transactionOperations else {
            throw KeyValueError(
                .tooLarge,
                "\(field) has \(items.count) operations: at most \(KeyValueLimits.transactionOperations) are allowed"
            )
        }
        var results: [Result] = []
        results.reserveCapacity(items.count)
        for (place, item) in items.enumerated() {
            do throws(KeyValueError) {
                results.append(try convert(item))
            } catch {
                throw KeyValueError(error.code, "\(field)[\(place)]: \(error.message)")
            }
        }
        return results
    }
}

extension TransactResponse {
    init(_ outcome: StoreTransaction.Outcome) {
        self.init(
            succeeded: outcome.succeeded,
            position: Position(outcome.position),
            entries: outcome.changes.map { Entry(after: $0) }
        )
    }

    /// With all that the store says. What was before is left out where it would make the answer too large.
    init(_ outcome: StoreTransaction.Outcome, ofTransactionWith guards: [StoreTransaction.Guard]) {
        var bytes = 0
        let changes = outcome.changes.map { change in
            bytes += Change.byteCount(change)
            return Change(change, withPrevious: bytes <= KeyValueServiceLimits.outcomeBytes)
        }
        let refusal = outcome.refusal.map { refusal in
            Refusal(
                index: UInt32(guards.firstIndex(of: refusal.failed) ?? 0),
                current: refusal.current.map { Entry($0) }
            )
        }
        self.init(
            succeeded: outcome.succeeded, position: Position(outcome.position), changes: changes, refusal: refusal
        )
    }
}

extension TransactRequest.Guard {
    fileprivate var storeGuard: StoreTransaction.Guard {
        get throws(KeyValueError) {
            guard let condition else {
                throw KeyValueError(.invalid, "condition is missing: one of absent, present, revision, value")
            }
            return StoreTransaction.Guard(
                try StoreKey(namespace: namespace, key: key), try StoreCondition(condition)
            )
        }
    }
}

extension TransactRequest.Write {
    fileprivate var storeWrite: StoreWrite {
        get throws(KeyValueError) {
            switch kind {
            case .put(let put):
                try Self.refuse(put.condition)
                return try put.storeWrite(try put.storeKey)
            case .delete(let delete):
                try Self.refuse(delete.condition)
                return delete.prefix ? try delete.prefixDeletion : .delete(try delete.storeKey)
            case .increment(let increment): return increment.storeWrite(try increment.storeKey)
            case nil: throw KeyValueError(.invalid, "nothing is to be done: one of put, delete, increment")
            }
        }
    }

    /// It could only be a guard of the whole transaction, which would do more than it says.
    private static func refuse(_ condition: Condition?) throws(KeyValueError) {
        guard condition == nil else {
            throw KeyValueError(.invalid, "condition is not allowed inside a transaction's write: put it in guards")
        }
    }
}

extension StoreWrite {
    /// The one key that is written.
    fileprivate var key: StoreKey? {
        switch self {
        case .put(let key, _, _), .delete(let key), .increment(let key, _, _): key
        case .deletePrefix: nil
        }
    }
}
