import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One call of a method that is rare, in async form.
struct KeyValueQuery {
    private let call: AsyncCall
    private let store: CallerStore
    private let pageBytes: Int

    /// - Parameter pageBytes: of the entries in one answer of a list.
    init(_ call: AsyncCall, _ store: CallerStore, pageBytes: Int) {
        self.call = call
        self.store = store
        self.pageBytes = pageBytes
    }

    func list() async throws {
        let request = try await call.request(ListRequest.self)
        let scope = try StoreScope(namespace: request.namespace, prefix: request.prefix)
        let cursor =
            request.cursor.isEmpty ? nil : try StoreCursor(text: request.cursor, of: scope)
        let limit = try Self.limit(request.limit, default: KeyValueLimits.defaultPageEntries)
        let page = try await page(StoreListRequest(scope, limit: limit, cursor: cursor))
        try await send(ListResponse(page, withValues: !request.keysOnly, bytes: pageBytes))
    }

    /// A cursor of another epoch is the caller's mistake, since it came with a position.
    private func page(_ request: StoreListRequest) async throws(KeyValueError) -> StorePage {
        do throws(KeyValueError) {
            return try await store.list(request)
        } catch {
            guard error.code == .epochChanged else { throw error }
            throw KeyValueError(.invalid, "cursor: \(error.message); list from the first page")
        }
    }

    func history() async throws {
        let request = try await call.request(HistoryRequest.self)
        let key = try StoreKey(namespace: request.namespace, key: request.key)
        let limit = try Self.limit(request.limit, default: KeyValueServiceLimits.defaultHistoryChanges)
        try await send(HistoryResponse(try await store.history(of: key, limit: limit)))
    }

    func statistics() async throws {
        let namespace = try StoreNamespace(named: try await call.request(StatsRequest.self).namespace)
        try await send(StatsResponse(try await store.statistics(of: namespace)))
    }

    func namespaces() async throws {
        _ = try await call.request(ListNamespacesRequest.self)
        try await send(ListNamespacesResponse(try await store.namespaces()))
    }

    func grantLease() async throws {
        let time = try await call.request(GrantLeaseRequest.self).ttlMs
        let range = KeyValueLimits.leaseMilliseconds
        guard range.contains(time) else {
            throw KeyValueError(
                .invalid, "ttl_ms \(time) is not allowed: it must be \(range.lowerBound) to \(range.upperBound)"
            )
        }
        try await send(Lease(try await store.grantLease(milliseconds: time)))
    }

    func renewLease() async throws {
        try await send(Lease(try await store.renewLease(try await leaseID())))
    }

    func revokeLease() async throws {
        try await send(Lease(try await store.revokeLease(try await leaseID())))
    }

    func backup() async throws {
        _ = try await call.request(BackupRequest.self)
        let backup = try await store.backup()
        call.yieldToOthers()
        try await send(BackupChunk(content: try await backup.next() ?? [], totalSize: UInt64(backup.byteCount)))
        while let piece = try await backup.next() { try await send(BackupChunk(content: piece)) }
    }

    private func leaseID() async throws -> StoreLease.ID {
        let id = try await call.request(LeaseRequest.self).leaseID
        guard id != 0 else { throw KeyValueError(.invalid, "lease_id is missing: what GrantLease answered") }
        return StoreLease.ID(id)
    }

    /// 0 is the default; what is larger than allowed is brought down, since fewer may come at any time.
    private static func limit(_ limit: Int32, default standard: Int) throws(KeyValueError) -> Int {
        guard limit >= 0 else {
            throw KeyValueError(.invalid, "limit \(limit) is not allowed: 0 for \(standard), or more")
        }
        return limit == 0 ? standard : Int(limit)
    }

    private func send(_ message: some WireMessage) async throws {
        try await call.send(FramedMessage(message))
    }
}
