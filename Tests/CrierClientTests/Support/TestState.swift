import CrierGRPC
import CrierMessages

/// A store for tests: entries, a log, leases that end only when a test says so.
struct TestState: Sendable {
    var epoch: UInt64 = 7
    var revision: UInt64 = 10
    var entries: [String: Entry] = [:]
    var log: [(revision: UInt64, changes: [Change])] = []
    /// The log begins after this revision.
    var compacted: UInt64 = 0
    var leases: [UInt64: Int64] = [:]
    private var nextLease: UInt64 = 100

    var position: Position { Position(epoch: epoch, revision: revision) }

    /// Everything at one revision.
    mutating func commit(_ body: (inout TestState, UInt64) throws -> [Change]) rethrows -> [Change] {
        var next = self
        let changes = try body(&next, revision + 1)
        guard !changes.isEmpty else { return [] }
        next.revision += 1
        next.log.append((next.revision, changes))
        self = next
        return changes
    }

    mutating func put(_ request: PutRequest, at revision: UInt64) throws(GRPCStatus) -> Change {
        guard !request.key.isEmpty else { throw GRPCStatus(.invalidArgument, "key is empty") }
        try check(request.key, request.condition)
        if request.leaseID != 0, leases[request.leaseID] == nil { throw Self.noLease(request.leaseID) }
        let old = entries[request.key]
        let entry = Entry(
            namespace: request.namespace,
            key: request.key,
            value: request.value,
            createRevision: old?.createRevision ?? revision,
            revision: revision,
            version: (old?.version ?? 0) + 1,
            updatedAt: 1_700_000_000_000,
            expiresAt: request.ttlMs == 0 ? 0 : 1_700_000_000_000 + request.ttlMs,
            leaseID: request.leaseID
        )
        entries[request.key] = entry
        return Change(kind: .put, entry: entry, previous: old)
    }

    mutating func remove(_ key: String, at revision: UInt64, kind: Change.Kind = .delete) -> Change? {
        guard let old = entries.removeValue(forKey: key) else { return nil }
        return Change(
            kind: kind,
            entry: Entry(namespace: old.namespace, key: key, revision: revision),
            previous: old
        )
    }

    mutating func increment(_ request: IncrementRequest, at revision: UInt64) throws(GRPCStatus) -> Change {
        var number = request.initial
        if let old = entries[request.key] {
            guard case .intValue(let current) = old.value?.kind else {
                throw GRPCStatus(.failedPrecondition, "not an int")
            }
            number = current
        }
        let (sum, overflows) = number.addingReportingOverflow(request.by)
        guard !overflows else { throw GRPCStatus(.outOfRange, "overflow") }
        return try put(
            PutRequest(namespace: request.namespace, key: request.key, value: Value(kind: .intValue(sum))),
            at: revision
        )
    }

    func holds(_ key: String, _ condition: Condition?) -> Bool {
        let entry = entries[key]
        return switch condition?.kind {
        case nil: true
        case .absent: entry == nil
        case .present: entry != nil
        case .revision(let revision): entry?.revision == revision
        case .value(let value): entry?.value == value
        }
    }

    func check(_ key: String, _ condition: Condition?) throws(GRPCStatus) {
        guard !holds(key, condition) else { return }
        var status = GRPCStatus(.aborted, "\(key) is not as asked")
        if let entry = entries[key] { status.metadata.add("crier-revision", "\(entry.revision)") }
        throw status
    }

    mutating func grant(_ milliseconds: Int64) -> Lease {
        nextLease += 1
        leases[nextLease] = milliseconds
        return Lease(leaseID: nextLease, ttlMs: milliseconds)
    }

    func lease(_ id: UInt64) throws(GRPCStatus) -> Lease {
        guard let milliseconds = leases[id] else { throw Self.noLease(id) }
        return Lease(leaseID: id, ttlMs: milliseconds)
    }

    mutating func endLease(_ id: UInt64, kind: Change.Kind) {
        leases[id] = nil
        _ = commit { state, revision in
            state.entries.values.filter { $0.leaseID == id }.map(\.key).sorted()
                .compactMap { state.remove($0, at: revision, kind: kind) }
        }
    }

    private static func noLease(_ id: UInt64) -> GRPCStatus {
        GRPCStatus(.notFound, "lease \(id)", metadata: ["crier-error": "leaseNotFound"])
    }
}
