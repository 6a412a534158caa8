import CrierMessages

/// One value of every key-value message, with every field set.
enum KeyValueSamples {
    static let values = [
        Value(), Value(kind: .stringValue("")), Value(kind: .stringValue("Grüße\0")), Value(kind: .intValue(.min)),
        Value(kind: .intValue(0)), Value(kind: .doubleValue(-0.1)), Value(kind: .boolValue(false)),
        Value(kind: .jsonValue("{}")), Value(kind: .bytesValue([])), Value(kind: .bytesValue([0, 255])),
    ]
    static let position = Position(epoch: .max, revision: 12)
    static let entry = Entry(
        namespace: "app-1",
        key: "Zähler/é",
        value: Value(kind: .intValue(-7)),
        createRevision: 3,
        revision: .max,
        version: 300,
        updatedAt: 1_700_000_000_000,
        expiresAt: -1,
        leaseID: 9
    )
    static let conditions = [
        Condition(), Condition(kind: .absent(true)), Condition(kind: .absent(false)), Condition(kind: .present(true)),
        Condition(kind: .revision(0)), Condition(kind: .value(Value(kind: .doubleValue(1.5)))),
    ]
    static let put = PutRequest(
        namespace: "app-1",
        key: "k",
        value: Value(kind: .jsonValue("[1]")),
        condition: Condition(kind: .revision(7)),
        ttlMs: -1,
        leaseID: 4
    )
    static let delete = DeleteRequest(
        namespace: "n", key: "p", prefix: true, condition: Condition(kind: .present(true))
    )
    static let increment = IncrementRequest(namespace: "n", key: "c", by: -1, initial: 5)
    static let transaction = TransactRequest(
        guards: [TransactRequest.Guard(namespace: "n", key: "a", condition: Condition(kind: .absent(false)))],
        then: [.init(kind: .delete(delete)), .init(kind: .increment(increment)), .init()],
        otherwise: [.init(kind: .put(put))]
    )
    static let change = Change(kind: .expire, entry: entry, previous: entry)
    static let watchResponse = WatchResponse(
        changes: [change, Change()], position: position, snapshotEnd: true, reset: .overflow
    )
    static let stats = StatsResponse(
        keys: 1,
        bytes: 2,
        watchers: 3,
        hotKeys: [StatsResponse.HotKey(namespace: "n", key: "k", reads: 4, writes: 5)]
    )
    static let namespaces = ListNamespacesResponse(
        namespaces: [ListNamespacesResponse.Namespace(namespace: "n", keys: 1, bytes: .max)], position: position
    )
}
