/// What a single write did.
public struct StoreWritten: Sendable, Equatable {
    public let entry: StoreEntry
    public let previous: StoreEntry?
    public let position: StorePosition
}

extension KeyValueStore {
    /// The entry, linearizable.
    public func get(_ key: StoreKey) async throws(KeyValueError) -> StoreRead {
        try await get(key, consistency: .linearizable)
    }

    /// Does a transaction, and returns when it is as safe as the driver promises. Throws what `submit` fails with.
    @discardableResult
    public func transact(
        _ transaction: StoreTransaction
    ) async throws(KeyValueError) -> StoreTransaction.Outcome {
        let result = await withCheckedContinuation { answer in
            submit(transaction) { answer.resume(returning: $0) }
        }
        return try result.get()
    }
}

/// The single writes: transactions of one.
extension KeyValueStore {
    /// Sets a key. Throws `preconditionFailed` with the current entry when `condition` does not hold.
    @discardableResult
    public func put(
        _ key: StoreKey,
        _ value: StoreValue,
        expiry: StoreExpiry = .never,
        if condition: StoreCondition? = nil
    ) async throws(KeyValueError) -> StoreWritten {
        try await written(.put(key, value, expiry), key, if: condition)
    }

    /// Removes a key and returns what it was; nil when there was none. Throws `preconditionFailed` as `put` does.
    @discardableResult
    public func delete(
        _ key: StoreKey,
        if condition: StoreCondition? = nil
    ) async throws(KeyValueError) -> StoreEntry? {
        try await transact(.delete(key), key, if: condition).changes.first?.previous
    }

    /// Removes every key of the namespace that begins with `prefix`, at one revision, and returns how many. Throws
    /// `tooLarge` beyond `KeyValueLimits.prefixDeletionKeys`.
    @discardableResult
    public func delete(_ namespace: StoreNamespace, prefix: String) async throws(KeyValueError) -> Int {
        try await transact(StoreTransaction(then: [.deletePrefix(namespace, prefix)])).changes.count
    }

    /// Adds to an `int`, atomically. An absent key is `initial` before the addition. Throws `wrongType` for an entry
    /// that is not an `int`, `overflow` when the sum does not fit.
    @discardableResult
    public func increment(
        _ key: StoreKey,
        by amount: Int64 = 1,
        initial: Int64 = 0
    ) async throws(KeyValueError) -> StoreWritten {
        try await written(.increment(key, by: amount, initial: initial), key, if: nil)
    }

    /// Calls `body` with every entry in the scope, in order, page by page. Returns the position to watch from.
    @discardableResult
    public func forEach(
        in scope: StoreScope,
        _ body: (StoreEntry) -> Void
    ) async throws(KeyValueError) -> StorePosition {
        var page = try await list(StoreListRequest(scope))
        page.entries.forEach(body)
        while let next = page.next {
            page = try await list(StoreListRequest(scope, cursor: next))
            page.entries.forEach(body)
        }
        return page.position
    }

    private func written(
        _ write: StoreWrite,
        _ key: StoreKey,
        if condition: StoreCondition?
    ) async throws(KeyValueError) -> StoreWritten {
        let outcome = try await transact(write, key, if: condition)
        guard let change = outcome.changes.first, let entry = change.entry else {
            preconditionFailure("a put or an increment that succeeded makes one change")
        }
        return StoreWritten(entry: entry, previous: change.previous, position: outcome.position)
    }

    private func transact(
        _ write: StoreWrite,
        _ key: StoreKey,
        if condition: StoreCondition?
    ) async throws(KeyValueError) -> StoreTransaction.Outcome {
        let guards = condition.map { [StoreTransaction.Guard(key, $0)] } ?? []
        let outcome = try await transact(StoreTransaction(if: guards, then: [write]))
        guard let refusal = outcome.refusal else { return outcome }
        throw .refused(refusal)
    }
}

extension KeyValueError {
    /// `preconditionFailed`, for a transaction that is one write under one condition.
    public static func refused(_ refusal: StoreTransaction.Refusal) -> KeyValueError {
        let state = refusal.current.map { "is at revision \($0.revision)" } ?? "is absent"
        let wanted =
            switch refusal.failed.condition {
            case .absent: "absent"
            case .present: "present"
            case .revision(let revision): "revision \(revision)"
            case .value(let value): "another value of type \(value.typeName)"
            }
        return KeyValueError(
            .preconditionFailed,
            "key \(refusal.failed.key) \(state); the condition asks for \(wanted)",
            current: refusal.current
        )
    }
}
