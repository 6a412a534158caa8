/// Writes go to the gateway, and are durable and visible here when they return. They throw what `KeyValueClient`
/// throws: `.unavailable` when the gateway is away, `.indeterminate` when the answer was lost on its way.
///
/// The position that they return can be handed to another process, which then waits until it sees the write
/// (`waitUntil`).
extension DistributedMemory {
    /// Makes or replaces an entry.
    /// - Parameter ttl: The entry goes by itself so long after this, at the earliest; nil: never.
    @discardableResult
    public func put(
        _ key: String,
        _ value: KeyValue,
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValuePosition {
        let expiry = ttl.map(KeyValueExpiry.after) ?? .never
        let written = try await client.put(key, value, in: namespace, expiry: expiry)
        await show(written)
        return written.position
    }

    @discardableResult
    public func put(
        _ key: String,
        _ value: Int,
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValuePosition { try await put(key, .int(Int64(value)), ttl: ttl) }

    @discardableResult
    public func put(
        _ key: String,
        _ value: Double,
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValuePosition { try await put(key, .double(value), ttl: ttl) }

    @discardableResult
    public func put(
        _ key: String,
        _ value: Bool,
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValuePosition { try await put(key, .bool(value), ttl: ttl) }

    @discardableResult
    public func put(
        _ key: String,
        _ value: String,
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValuePosition { try await put(key, .string(value), ttl: ttl) }

    /// As bytes, not as a JSON array of numbers.
    @discardableResult
    public func put(
        _ key: String,
        bytes: [UInt8],
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValuePosition { try await put(key, .bytes(bytes), ttl: ttl) }

    /// As JSON: a `Codable` type, an array or a dictionary.
    @discardableResult
    public func put(
        _ key: String,
        _ value: some Encodable,
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValuePosition { try await put(key, KeyValue(json: value), ttl: ttl) }

    /// A `put` that ends by itself: the same as `put(_:_:ttl:)` with a time.
    @discardableResult
    public func putWithTTL(
        _ key: String,
        _ value: KeyValue,
        _ ttl: Duration
    ) async throws(KeyValueClientError) -> KeyValuePosition { try await put(key, value, ttl: ttl) }

    /// Several entries at one revision: all or nothing, and nobody sees a part.
    /// - Parameter values: At most 100 keys, each once, and 1 MiB together.
    @discardableResult
    public func putBatch(
        _ values: KeyValuePairs<String, KeyValue>
    ) async throws(KeyValueClientError) -> KeyValuePosition {
        try await putBatch(values.map { (key: $0.key, value: $0.value) })
    }

    /// The same, for keys that are made at run time.
    @discardableResult
    public func putBatch(
        _ values: some Sequence<(key: String, value: KeyValue)>
    ) async throws(KeyValueClientError) -> KeyValuePosition {
        let writes = values.map { KeyValueWrite.put(namespace: namespace, key: $0.key, value: $0.value) }
        return try await transact(KeyValueTransaction(then: writes)).position
    }

    /// A transaction, in this namespace or others. What it changes here is visible when it returns.
    @discardableResult
    public func transact(
        _ transaction: KeyValueTransaction
    ) async throws(KeyValueClientError) -> KeyValueOutcome {
        let outcome = try await client.transact(transaction)
        await show(outcome.changes.filter { $0.namespace == namespace }, at: outcome.position)
        return outcome
    }

    /// Removes an entry. Returns whether there was one.
    @discardableResult
    public func remove(_ key: String) async throws(KeyValueClientError) -> Bool {
        let deletion = try await client.delete(key, in: namespace)
        guard deletion.count > 0 else { return false }
        let revision = deletion.position.revision
        await show(
            [KeyValueChange(kind: .delete, namespace: namespace, key: key, revision: revision)],
            at: deletion.position
        )
        return true
    }

    /// Removes every entry whose key begins with `prefix`, at one revision. Returns how many there were.
    @discardableResult
    public func removeAll(prefix: String) async throws(KeyValueClientError) -> Int {
        let deletion = try await client.delete(prefix: prefix, in: namespace)
        // Which keys they were only the gateway can tell.
        if deletion.count > 0 { try? await waitUntil(deletion.position, within: configuration.timeout) }
        return deletion.count
    }

    /// Replaces a value if it is what we think it is, type included. A put under a condition: it replaces the expiry
    /// too, unlike `increment`.
    /// - Parameters:
    ///   - expected: nil: the key must be absent.
    ///   - ttl: The entry goes by itself so long after this, at the earliest; nil: never.
    /// - Returns: Whether it was. If not, this memory shows the value that was there by then, as long as the gateway is
    ///   there: a loop that reads and tries again ends.
    public func compareAndSwap(
        _ key: String,
        expected: KeyValue?,
        new: KeyValue,
        ttl: Duration? = nil
    ) async throws(KeyValueClientError) -> Bool {
        do throws(KeyValueClientError) {
            let condition = expected.map(KeyValueCondition.value) ?? .absent
            let expiry = ttl.map(KeyValueExpiry.after) ?? .never
            await show(try await client.put(key, new, in: namespace, if: condition, expiry: expiry))
            return true
        } catch {
            guard error.code == .preconditionFailed else { throw error }
            try await refresh()
            return false
        }
    }

    /// Adds to an int in one step, whoever else does; an absent key begins at `initial`.
    /// - Returns: The sum.
    /// - Throws: `.wrongType`, `.overflow`, and as `put`.
    @discardableResult
    public func increment(
        _ key: String,
        by amount: Int = 1,
        initial: Int = 0
    ) async throws(KeyValueClientError) -> Int {
        let written = try await client.increment(
            key,
            by: Int64(amount),
            initial: Int64(initial),
            in: namespace
        )
        await show(written)
        guard case .int(let sum) = written.entry.value else { throw .incomplete("int") }
        return Int(sum)
    }

    private func show(_ written: KeyValueWritten) async {
        let entry = written.entry
        await show(
            [
                KeyValueChange(
                    kind: .put,
                    namespace: entry.namespace,
                    key: entry.key,
                    revision: entry.revision,
                    entry: entry
                )
            ],
            at: written.position
        )
    }
}
