import CrierCore

/// What every key was after every revision, by the log.
struct Timeline {
    /// What one write of a transaction comes to; nil: the key is gone.
    struct Effect: Equatable {
        let key: StoreKey
        let value: StoreValue?
    }

    private let base: UInt64
    private let log: [StoreChangeSet]
    /// The entries of each key, in the order of revisions.
    private var versions: [StoreKey: [(revision: UInt64, entry: StoreEntry?)]] = [:]
    /// The revision at which each string was put.
    private var puts: [String: UInt64] = [:]

    /// Throws `brokenLog` when the log cannot be the whole story.
    init(_ history: RecordedHistory) throws(LinearizabilityViolation) {
        base = history.base
        log = history.log
        var last = history.base
        for set in history.log {
            guard set.position.revision == last + 1 else {
                throw Self.broken("revision \(set.position.revision) follows \(last)")
            }
            last = set.position.revision
            for change in set.changes { try add(change, at: last) }
        }
    }

    func set(at revision: UInt64) -> StoreChangeSet? {
        guard revision > base, revision - base <= UInt64(log.count) else { return nil }
        return log[Int(revision - base) - 1]
    }

    /// The entry after a revision.
    func entry(_ key: StoreKey, at revision: UInt64) -> StoreEntry? {
        let versions = versions[key] ?? []
        var low = 0
        var high = versions.count
        while low < high {
            let middle = (low + high) / 2
            if versions[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : versions[low - 1].entry
    }

    func holds(_ guards: [StoreTransaction.Guard], at revision: UInt64) -> Bool {
        guards.allSatisfy { test in
            let entry = entry(test.key, at: revision)
            switch test.condition {
            case .absent: return entry == nil
            case .present: return entry != nil
            case .revision(let wanted): return entry?.revision == wanted
            case .value(let value): return entry?.value == value
            }
        }
    }

    /// What the writes come to in the state after a revision. Prefix deletions are not recorded.
    func effects(of writes: [StoreWrite], at revision: UInt64) -> [Effect] {
        writes.compactMap { write in
            switch write {
            case .put(let key, let value, _): return Effect(key: key, value: value)
            case .delete(let key): return entry(key, at: revision) == nil ? nil : Effect(key: key, value: nil)
            case .increment(let key, let amount, let initial):
                guard case .integer(let number)? = entry(key, at: revision)?.value else {
                    return Effect(key: key, value: .integer(initial + amount))
                }
                return Effect(key: key, value: .integer(number + amount))
            case .deletePrefix: return nil
            }
        }
    }

    /// Where the log has an operation whose answer was lost; nil: it did not happen.
    func revision(of operation: RecordedHistory.Operation) -> UInt64? {
        guard case .transact(let transaction) = operation.action else { return nil }
        for case .put(_, .string(let text), _) in transaction.then + transaction.otherwise {
            if let revision = puts[text] { return revision }
        }
        return nil
    }

    private mutating func add(_ change: StoreChange, at revision: UInt64) throws(LinearizabilityViolation) {
        let previous = versions[change.key]?.last?.entry
        guard change.previous == previous, change.revision == revision else {
            throw Self.broken("\(change) at \(revision) does not follow \(String(describing: previous))")
        }
        versions[change.key, default: []].append((revision, change.entry))
        if case .string(let text)? = change.entry?.value { puts[text] = revision }
    }

    private static func broken(_ text: String) -> LinearizabilityViolation {
        LinearizabilityViolation(kind: .brokenLog, description: text)
    }
}
