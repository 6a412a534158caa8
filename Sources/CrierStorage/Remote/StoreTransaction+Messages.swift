import CrierCore
import CrierMessages

/// Transactions as another gateway takes them, and what it answers.
extension StoreTransaction {
    var message: TransactRequest {
        TransactRequest(
            guards: guards.map(\.message),
            then: then.map(\.message),
            otherwise: otherwise.map(\.message),
            changes: true
        )
    }

    /// On the wire 0 means "no lease": what names it can only be refused here.
    func refuseNoLease() throws(KeyValueError) {
        for case .put(_, _, .lease(let id)) in then + otherwise where id.rawValue == 0 {
            throw .noLease
        }
    }
}

extension KeyValueError {
    static let noLease = KeyValueError(.leaseNotFound, "lease 0 is not there: no lease has the id 0")
}

extension StoreTransaction.Outcome {
    /// Throws `indeterminate` for an answer that is not as the contract says: the transaction may well have been done.
    init(_ answer: TransactResponse, to transaction: StoreTransaction) throws(KeyValueError) {
        do throws(KeyValueError) {
            self.init(
                succeeded: answer.succeeded,
                position: try StorePosition(answer.position),
                changes: try StoreChange.all(answer.changes),
                refusal: try answer.refusal.map { refusal throws(KeyValueError) in
                    let index = Int(refusal.index)
                    guard transaction.guards.indices.contains(index) else {
                        throw .malformed("guard \(index)", isWrite: true)
                    }
                    return StoreTransaction.Refusal(
                        failed: transaction.guards[index], current: try StoreEntry.optional(refusal.current)
                    )
                }
            )
        } catch {
            throw KeyValueError(.indeterminate, error.message)
        }
    }
}

extension StoreTransaction.Guard {
    fileprivate var message: TransactRequest.Guard {
        TransactRequest.Guard(namespace: key.namespace.name, key: key.key, condition: condition.message)
    }
}

extension StoreCondition {
    fileprivate var message: Condition {
        switch self {
        case .absent: Condition(kind: .absent(true))
        case .present: Condition(kind: .present(true))
        case .revision(let revision): Condition(kind: .revision(revision))
        case .value(let value): Condition(kind: .value(value.message))
        }
    }
}

extension StoreWrite {
    fileprivate var message: TransactRequest.Write {
        switch self {
        case .put(let key, let value, let expiry):
            var put = PutRequest(namespace: key.namespace.name, key: key.key, value: value.message)
            switch expiry {
            case .never: break
            case .after(let milliseconds): put.ttlMs = milliseconds
            case .lease(let id): put.leaseID = id.rawValue
            }
            return TransactRequest.Write(kind: .put(put))
        case .delete(let key):
            return TransactRequest.Write(kind: .delete(DeleteRequest(namespace: key.namespace.name, key: key.key)))
        case .deletePrefix(let namespace, let prefix):
            return TransactRequest.Write(
                kind: .delete(DeleteRequest(namespace: namespace.name, key: prefix, prefix: true))
            )
        case .increment(let key, let by, let initial):
            return TransactRequest.Write(
                kind: .increment(
                    IncrementRequest(namespace: key.namespace.name, key: key.key, by: by, initial: initial)
                )
            )
        }
    }
}
