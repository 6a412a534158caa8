import CrierMessages

extension KeyValueClient {
    /// Makes or replaces an entry, its expiry included.
    /// - Parameters:
    ///   - condition: What must be true of the entry; nil: nothing.
    ///   - expiry: When the entry goes by itself.
    /// - Throws: `.preconditionFailed`, `.invalid` naming the field, `.quota`, `.leaseNotFound`, `.denied`,
    ///   `.unavailable`, `.indeterminate`.
    @discardableResult
    public func put(
        _ key: String,
        _ value: KeyValue,
        in namespace: String,
        if condition: KeyValueCondition? = nil,
        expiry: KeyValueExpiry = .never
    ) async throws(KeyValueClientError) -> KeyValueWritten {
        var request = PutRequest(namespace: namespace, key: key, value: value.wire, condition: condition?.wire)
        try request.expire(expiry)
        return try KeyValueWritten(await write(KeyValueMethods.put, request))
    }

    /// Removes one entry. That there was none is an answer, unless `condition` asks for one.
    /// - Throws: `.preconditionFailed`, `.invalid`, `.denied`, `.unavailable`, `.indeterminate`.
    @discardableResult
    public func delete(
        _ key: String,
        in namespace: String,
        if condition: KeyValueCondition? = nil
    ) async throws(KeyValueClientError) -> KeyValueDeletion {
        try await delete(DeleteRequest(namespace: namespace, key: key, condition: condition?.wire))
    }

    /// Removes every entry whose key begins with `prefix`, all at one revision; at most 10,000.
    /// - Throws: `.tooLarge` for more, and as `delete`.
    @discardableResult
    public func delete(
        prefix: String,
        in namespace: String
    ) async throws(KeyValueClientError) -> KeyValueDeletion {
        try await delete(DeleteRequest(namespace: namespace, key: prefix, prefix: true))
    }

    private func delete(_ request: DeleteRequest) async throws(KeyValueClientError) -> KeyValueDeletion {
        let answer = try await write(KeyValueMethods.delete, request)
        return KeyValueDeletion(
            count: Int(clamping: answer.deleted),
            previous: try KeyValueEntry.optional(answer.previous),
            position: try KeyValuePosition(answer.position)
        )
    }

    /// Adds to an `int` in one step, whoever else does. Keeps the entry's expiry.
    /// - Parameter initial: The value of an absent key before the first increment.
    /// - Throws: `.wrongType` for another type, `.overflow` beyond 64 bits, and as `put`.
    @discardableResult
    public func increment(
        _ key: String,
        by amount: Int64 = 1,
        initial: Int64 = 0,
        in namespace: String
    ) async throws(KeyValueClientError) -> KeyValueWritten {
        let request = IncrementRequest(namespace: namespace, key: key, by: amount, initial: initial)
        return try KeyValueWritten(await write(KeyValueMethods.increment, request))
    }

    /// Does one of two lists of writes, all or nothing, at one revision. That a guard does not hold is an answer.
    /// - Throws: As the writes that it is made of; then nothing was done.
    @discardableResult
    public func transact(
        _ transaction: KeyValueTransaction
    ) async throws(KeyValueClientError) -> KeyValueOutcome {
        var request = TransactRequest(guards: transaction.guards.map(\.wire))
        for write in transaction.then { request.then.append(try write.wire) }
        for write in transaction.otherwise { request.otherwise.append(try write.wire) }
        let answer = try await write(KeyValueMethods.transact, request)
        var changes: [KeyValueChange] = []
        for entry in answer.entries { changes.append(try KeyValueChange(written: entry)) }
        return KeyValueOutcome(
            succeeded: answer.succeeded,
            position: try KeyValuePosition(answer.position),
            changes: changes
        )
    }

    // MARK: Leases

    /// A new lease without entries.
    /// - Parameter timeToLive: 2 seconds to 24 hours. A holder renews three times in it.
    public func grantLease(_ timeToLive: Duration) async throws(KeyValueClientError) -> KeyValueLease {
        let request = GrantLeaseRequest(ttlMs: timeToLive.wholeMilliseconds)
        return KeyValueLease(try await write(KeyValueMethods.grantLease, request))
    }

    /// Gives the lease its whole time again.
    /// - Parameter timeout: When an answer is of no use any more; nil: the client's.
    /// - Throws: `.leaseNotFound` when it is over already.
    @discardableResult
    public func renewLease(
        _ id: UInt64,
        timeout: Duration? = nil
    ) async throws(KeyValueClientError) -> KeyValueLease {
        KeyValueLease(try await write(KeyValueMethods.renewLease, LeaseRequest(leaseID: id), timeout: timeout))
    }

    /// Ends the lease and deletes its entries, at one revision.
    /// - Parameter timeout: As for `renewLease`.
    /// - Throws: `.leaseNotFound` when it is over already.
    public func revokeLease(_ id: UInt64, timeout: Duration? = nil) async throws(KeyValueClientError) {
        _ = try await write(KeyValueMethods.revokeLease, LeaseRequest(leaseID: id), timeout: timeout)
    }
}

extension KeyValueWritten {
    init(_ answer: PutResponse) throws(KeyValueClientError) {
        guard let entry = answer.entry else { throw .incomplete("entry") }
        self.init(
            entry: try KeyValueEntry(entry),
            previous: try KeyValueEntry.optional(answer.previous),
            position: try KeyValuePosition(answer.position)
        )
    }
}
