import CrierMessages
import Testing

@Suite("Key-value messages come back as they were packed")
struct KeyValueRoundTripTests {
    private func check<M: WireMessage>(_ message: M) throws {
        #expect(try M(unpacking: message.packedBytes()) == message)
    }

    @Test("Values of every type, zeros and empty ones included", arguments: KeyValueSamples.values)
    func value(_ value: Value) throws { try check(value) }

    @Test("Conditions", arguments: KeyValueSamples.conditions)
    func condition(_ condition: Condition) throws { try check(condition) }

    @Test("Reads")
    func reads() throws {
        try check(GetRequest(namespace: "n", key: "k", stale: true, atRevision: .max))
        try check(GetResponse(entry: KeyValueSamples.entry, position: KeyValueSamples.position))
        try check(ListRequest(namespace: "n", prefix: "p", limit: -1, cursor: "c", keysOnly: true))
        try check(
            ListResponse(
                entries: [KeyValueSamples.entry, Entry()], nextCursor: "c", position: KeyValueSamples.position
            )
        )
        try check(HistoryRequest(namespace: "n", key: "k", limit: 5))
        try check(HistoryResponse(changes: [KeyValueSamples.change], position: KeyValueSamples.position))
        try check(StatsRequest(namespace: "n"))
        try check(KeyValueSamples.stats)
        try check(ListNamespacesRequest())
        try check(KeyValueSamples.namespaces)
    }

    @Test("Writes")
    func writes() throws {
        try check(KeyValueSamples.put)
        try check(
            PutResponse(entry: KeyValueSamples.entry, previous: Entry(), position: KeyValueSamples.position)
        )
        try check(KeyValueSamples.delete)
        try check(DeleteResponse(deleted: 1, position: KeyValueSamples.position, previous: KeyValueSamples.entry))
        try check(KeyValueSamples.increment)
        try check(KeyValueSamples.transaction)
        try check(
            TransactResponse(succeeded: true, position: KeyValueSamples.position, entries: [KeyValueSamples.entry])
        )
        try check(
            TransactResponse(
                position: KeyValueSamples.position,
                changes: [KeyValueSamples.change],
                refusal: TransactResponse.Refusal(index: 3, current: KeyValueSamples.entry)
            )
        )
        try check(TransactRequest(changes: true))
        try check(Entry(namespace: "n", key: "k", expiresAt: 12, ttlMs: .max))
        try check(GrantLeaseRequest(ttlMs: 2000))
        try check(LeaseRequest(leaseID: .max))
        try check(Lease(leaseID: 1, ttlMs: 2))
    }

    @Test("Watches and backups")
    func streams() throws {
        try check(
            WatchRequest(namespace: "n", prefix: "p", after: KeyValueSamples.position, previous: true, snapshot: true)
        )
        try check(KeyValueSamples.watchResponse)
        try check(BackupRequest())
        try check(BackupChunk(content: [UInt8](repeating: 3, count: 300_000), totalSize: .max))
    }

    @Test("Messages inside other messages stand alone as well")
    func nested() throws {
        for test in KeyValueSamples.transaction.guards { try check(test) }
        for write in KeyValueSamples.transaction.then { try check(write) }
        try check(TransactResponse.Refusal(index: .max, current: Entry()))
        for key in KeyValueSamples.stats.hotKeys { try check(key) }
        for namespace in KeyValueSamples.namespaces.namespaces { try check(namespace) }
    }
}
