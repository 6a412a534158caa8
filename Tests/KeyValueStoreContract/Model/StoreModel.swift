import CrierCore

/// What a store should hold, as simply as it can be said: dictionaries, and a clock that stands still unless it is
/// moved. It shares no code with the drivers' plans. What it does not say is revisions: those it takes from the store.
struct StoreModel {
    struct Held: Equatable {
        var value: StoreValue
        var version: UInt64
        var expiry: StoreExpiry
        /// When it goes by itself, in the model's milliseconds.
        var deadline: Int64?
    }

    /// What a transaction should answer.
    enum Answer: Equatable {
        case done(succeeded: Bool, changed: [StoreKey])
        case refused(KeyValueError.Code)
    }

    private(set) var entries: [StoreKey: Held] = [:]
    private var leases: [StoreLease.ID: (milliseconds: Int64, deadline: Int64)] = [:]
    private var now: Int64 = 0

    var leaseIDs: [StoreLease.ID] { leases.keys.sorted { $0.rawValue < $1.rawValue } }

    mutating func transact(_ transaction: StoreTransaction) -> Answer {
        let succeeded = transaction.guards.allSatisfy { holds($0) }
        var next = self
        var changed: [StoreKey] = []
        for write in succeeded ? transaction.then : transaction.otherwise {
            switch next.write(write, before: self) {
            case .success(let keys): changed += keys
            case .failure(let refusal): return .refused(refusal.code)
            }
        }
        self = next
        return .done(succeeded: succeeded, changed: changed)
    }

    mutating func grant(_ lease: StoreLease) {
        leases[lease.id] = (lease.milliseconds, now + lease.milliseconds)
    }

    mutating func renew(_ id: StoreLease.ID) {
        leases[id].map { leases[id] = ($0.milliseconds, now + $0.milliseconds) }
    }

    mutating func revoke(_ id: StoreLease.ID) {
        leases[id] = nil
        entries = entries.filter { $0.value.expiry != .lease(id) }
    }

    mutating func advance(milliseconds: Int64) {
        now += milliseconds
        for (id, lease) in leases where lease.deadline <= now { revoke(id) }
        entries = entries.filter { $0.value.deadline.map { $0 > now } ?? true }
    }

    private struct Refusal: Error {
        let code: KeyValueError.Code
    }

    private func holds(_ test: StoreTransaction.Guard) -> Bool {
        let held = entries[test.key]
        switch test.condition {
        case .absent: return held == nil
        case .present: return held != nil
        case .value(let value): return held?.value == value
        case .revision: return false
        }
    }

    private mutating func write(_ write: StoreWrite, before: StoreModel) -> Result<[StoreKey], Refusal> {
        switch write {
        case .put(let key, let value, let expiry):
            var deadline: Int64?
            switch expiry {
            case .never: break
            case .after(let milliseconds): deadline = now + milliseconds
            case .lease(let id): guard leases[id] != nil else { return .failure(Refusal(code: .leaseNotFound)) }
            }
            let version = (entries[key]?.version ?? 0) + 1
            entries[key] = Held(value: value, version: version, expiry: expiry, deadline: deadline)
            return .success([key])
        case .delete(let key): return .success(entries.removeValue(forKey: key) == nil ? [] : [key])
        case .deletePrefix(let namespace, let prefix):
            let doomed = before.entries.keys.filter { StoreScope(namespace, prefix: prefix).contains($0) }.sorted()
            for key in doomed { entries[key] = nil }
            return .success(doomed)
        case .increment(let key, let amount, let initial): return increment(key, amount, initial)
        }
    }

    private mutating func increment(_ key: StoreKey, _ amount: Int64, _ initial: Int64) -> Result<[StoreKey], Refusal> {
        var held = entries[key] ?? Held(value: .integer(initial), version: 0, expiry: .never)
        guard case .integer(let number) = held.value else { return .failure(Refusal(code: .wrongType)) }
        let (sum, overflow) = number.addingReportingOverflow(amount)
        guard !overflow else { return .failure(Refusal(code: .overflow)) }
        held.value = .integer(sum)
        held.version += 1
        entries[key] = held
        return .success([key])
    }
}
