import CrierMessages

// Between the SDK's values and those of the wire. What the contract promises and an answer lacks is the gateway's
// fault.

extension KeyValue {
    init(_ value: Value?) throws(KeyValueClientError) {
        switch value?.kind {
        case .stringValue(let text): self = .string(text)
        case .intValue(let number): self = .int(number)
        case .doubleValue(let number): self = .double(number)
        case .boolValue(let value): self = .bool(value)
        case .jsonValue(let text): self = .json(text)
        case .bytesValue(let bytes): self = .bytes(bytes)
        case nil: throw .incomplete("value")
        }
    }

    var wire: Value {
        switch self {
        case .string(let text): Value(kind: .stringValue(text))
        case .int(let number): Value(kind: .intValue(number))
        case .double(let number): Value(kind: .doubleValue(number))
        case .bool(let value): Value(kind: .boolValue(value))
        case .json(let text): Value(kind: .jsonValue(text))
        case .bytes(let bytes): Value(kind: .bytesValue(bytes))
        }
    }
}

extension KeyValuePosition {
    init(_ position: Position?) throws(KeyValueClientError) {
        guard let position else { throw .incomplete("position") }
        self.init(epoch: position.epoch, revision: position.revision)
    }

    var wire: Position { Position(epoch: epoch, revision: revision) }
}

extension KeyValueEntry {
    init(_ entry: Entry) throws(KeyValueClientError) {
        self.init(
            namespace: entry.namespace,
            key: entry.key,
            value: try KeyValue(entry.value),
            createRevision: entry.createRevision,
            revision: entry.revision,
            version: entry.version,
            updatedAt: entry.updatedAt,
            expiresAt: entry.expiresAt == 0 ? nil : entry.expiresAt,
            leaseID: entry.leaseID == 0 ? nil : entry.leaseID
        )
    }

    static func optional(_ entry: Entry?) throws(KeyValueClientError) -> KeyValueEntry? {
        guard let entry else { return nil }
        return try KeyValueEntry(entry)
    }
}

extension KeyValueChange {
    init(_ change: Change) throws(KeyValueClientError) {
        guard let entry = change.entry else { throw .incomplete("entry") }
        // An unknown kind counts as the enum's zero: a put, which then needs a value.
        let kind: Kind =
            switch change.kind {
            case .put, .unrecognized: .put
            case .delete: .delete
            case .expire: .expire
            }
        self.init(
            kind: kind,
            namespace: entry.namespace,
            key: entry.key,
            revision: entry.revision,
            entry: kind == .put ? try KeyValueEntry(entry) : nil,
            previous: try KeyValueEntry.optional(change.previous)
        )
    }

    /// What a transaction did to a key: a deleted one comes without a value.
    init(written entry: Entry) throws(KeyValueClientError) {
        let isPut = entry.value != nil
        self.init(
            kind: isPut ? .put : .delete,
            namespace: entry.namespace,
            key: entry.key,
            revision: entry.revision,
            entry: isPut ? try KeyValueEntry(entry) : nil
        )
    }
}

extension KeyValueCondition {
    var wire: Condition {
        switch self {
        case .absent: Condition(kind: .absent(true))
        case .present: Condition(kind: .present(true))
        case .revision(let revision): Condition(kind: .revision(revision))
        case .value(let value): Condition(kind: .value(value.wire))
        }
    }
}

extension KeyValueGuard {
    var wire: TransactRequest.Guard {
        TransactRequest.Guard(namespace: namespace, key: key, condition: condition.wire)
    }
}

extension KeyValueWrite {
    var wire: TransactRequest.Write {
        get throws(KeyValueClientError) {
            switch self {
            case .put(let namespace, let key, let value, let expiry):
                var put = PutRequest(namespace: namespace, key: key, value: value.wire)
                try put.expire(expiry)
                return TransactRequest.Write(kind: .put(put))
            case .delete(let namespace, let key):
                return TransactRequest.Write(kind: .delete(DeleteRequest(namespace: namespace, key: key)))
            case .deletePrefix(let namespace, let prefix):
                return TransactRequest.Write(
                    kind: .delete(DeleteRequest(namespace: namespace, key: prefix, prefix: true))
                )
            case .increment(let namespace, let key, let by, let initial):
                return TransactRequest.Write(
                    kind: .increment(IncrementRequest(namespace: namespace, key: key, by: by, initial: initial))
                )
            }
        }
    }
}

extension PutRequest {
    /// A time of nothing or less would mean "never" on the wire, and a lease 0 "none": neither is what was asked for.
    mutating func expire(_ expiry: KeyValueExpiry) throws(KeyValueClientError) {
        switch expiry {
        case .never: break
        case .after(let duration):
            guard duration >= .milliseconds(1) else {
                throw KeyValueClientError(.invalid, "the time to live is \(duration); at least 1 ms is needed")
            }
            ttlMs = duration.wholeMilliseconds
        case .lease(let id):
            guard id != 0 else { throw KeyValueClientError(.leaseNotFound, "no lease has the id 0") }
            leaseID = id
        }
    }
}

extension KeyValueLease {
    init(_ lease: Lease) {
        self.init(id: lease.leaseID, timeToLive: .milliseconds(lease.ttlMs))
    }
}
