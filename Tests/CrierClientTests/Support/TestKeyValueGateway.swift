import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix
import Synchronization

@testable import CrierClient

/// The key-value service for tests, behind a real socket: a real store in small, with faults that a test asks for.
final class TestKeyValueGateway: Sendable {
    /// What goes wrong.
    struct Faults: Sendable {
        /// Messages after which the next watches are cut, one number each.
        var watchCuts: [Int] = []
        /// Watches say nothing at all.
        var isMute = false
        /// The next watch of a position is answered with this.
        var reset: WatchResponse.Reset = .none
        /// Methods that are carried out and never answered.
        var unanswered: Set<String> = []
        /// Methods that are refused with this.
        var refused: [String: GRPCStatus] = [:]
    }

    private struct Shared {
        var store = TestState()
        var faults = Faults()
        var requests: [String: Int] = [:]
        var watches: [WatchRequest] = []
    }

    private let shared = Mutex(Shared())
    private let server = Mutex<GRPCServer?>(nil)
    let changed = Signal()

    var configuration: GatewayConfiguration {
        .local(port: server.withLock { $0?.localPort ?? 1 })
    }
    var store: TestState { shared.withLock { $0.store } }
    var watches: [WatchRequest] { shared.withLock { $0.watches } }
    func requests(_ method: String) -> Int { shared.withLock { $0.requests[method] ?? 0 } }

    /// Runs a gateway while `body` does.
    static func run(_ body: (TestKeyValueGateway) async throws -> Void) async throws {
        let gateway = TestKeyValueGateway()
        let server = try await GRPCServer.bind(
            host: "127.0.0.1",
            port: 0,
            methods: gateway.methods(),
            configuration: .patient,
            group: .singletonMultiThreadedEventLoopGroup
        )
        gateway.server.withLock { $0 = server }
        // The server's methods hold the gateway.
        defer { gateway.server.withLock { $0 = nil } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            do {
                try await body(gateway)
            } catch {
                await server.shutdown(grace: .zero)
                throw error
            }
            await server.shutdown(grace: .zero)
        }
    }

    /// Ends it now: connections break, and nobody listens any more.
    func stop() async { await server.withLock { $0 }?.shutdown(grace: .zero) }

    // MARK: What tests do to it

    func breaks(_ change: (inout Faults) -> Void) {
        shared.withLock { change(&$0.faults) }
        changed.raise()
    }

    func edit(_ change: (inout TestState) throws -> Void) rethrows {
        try shared.withLock { try change(&$0.store) }
        changed.raise()
    }

    /// As another client.
    func put(_ key: String, _ value: KeyValue) throws {
        try edit { store in
            _ = try store.commit { store, revision in
                [try store.put(PutRequest(namespace: "app", key: key, value: value.wire), at: revision)]
            }
        }
    }

    func remove(_ key: String) {
        edit { store in
            _ = store.commit { store, revision in store.remove(key, at: revision).map { [$0] } ?? [] }
        }
    }

    /// Returns when something is true of it, or the test is cancelled.
    func wait(until isTrue: (TestKeyValueGateway) -> Bool) async {
        while !Task.isCancelled {
            let version = changed.version
            if isTrue(self) { return }
            await changed.wait(beyond: version)
        }
    }

    // MARK: Methods

    private func methods() -> MethodTable {
        var table = MethodTable()
        unary(&table, "Get") { (store, request: GetRequest) in
            GetResponse(entry: store.entries[request.key], position: store.position)
        }
        unary(&table, "List") { (store, request: ListRequest) in Self.list(store, request) }
        unary(&table, "Put") { (store, request: PutRequest) in
            let changes = try store.commit { store, revision in [try store.put(request, at: revision)] }
            return PutResponse(entry: changes[0].entry, previous: changes[0].previous, position: store.position)
        }
        unary(&table, "Delete") { (store, request: DeleteRequest) in
            try store.check(request.key, request.condition)
            let changes = store.commit { store, revision in Self.delete(&store, request, revision) }
            return DeleteResponse(
                deleted: UInt64(changes.count),
                position: store.position,
                previous: request.prefix ? nil : changes.first?.previous
            )
        }
        unary(&table, "Increment") { (store, request: IncrementRequest) in
            let changes = try store.commit { store, revision in [try store.increment(request, at: revision)] }
            return PutResponse(entry: changes[0].entry, previous: changes[0].previous, position: store.position)
        }
        unary(&table, "Transact") { (store, request: TransactRequest) in try Self.transact(&store, request) }
        unary(&table, "History") { (store, request: HistoryRequest) in
            let changes = store.log.reversed().flatMap(\.changes).filter { $0.entry?.key == request.key }
            return HistoryResponse(changes: Array(changes), position: store.position)
        }
        unary(&table, "Stats") { (store, _: StatsRequest) in
            StatsResponse(
                keys: UInt64(store.entries.count),
                bytes: 5,
                watchers: 1,
                hotKeys: [StatsResponse.HotKey(namespace: "app", key: "k", reads: 3, writes: 2)]
            )
        }
        unary(&table, "ListNamespaces") { (store, _: ListNamespacesRequest) in
            ListNamespacesResponse(
                namespaces: [ListNamespacesResponse.Namespace(namespace: "app", keys: 1, bytes: 2)],
                position: store.position
            )
        }
        unary(&table, "GrantLease") { (store, request: GrantLeaseRequest) in store.grant(request.ttlMs) }
        unary(&table, "RenewLease") { (store, request: LeaseRequest) in try store.lease(request.leaseID) }
        unary(&table, "RevokeLease") { (store, request: LeaseRequest) in
            let lease = try store.lease(request.leaseID)
            store.endLease(lease.leaseID, kind: .delete)
            return lease
        }
        table.addAsync("Backup", service: Self.service) { call in
            for piece in [[1, 2, 3], [4, 5]] as [[UInt8]] {
                try await Self.send(BackupChunk(content: piece, totalSize: piece[0] == 1 ? 5 : 0), call)
            }
        }
        table.addAsync("Watch", service: Self.service) { [self] call in try await watch(call) }
        return table
    }

    private static let service = "crier.v1.KeyValueService"

    private func unary<Request: WireMessage, Answer: WireMessage>(
        _ table: inout MethodTable,
        _ name: String,
        _ body: @escaping @Sendable (inout TestState, Request) throws -> Answer
    ) {
        table.addAsync(name, service: Self.service) { [self] call in
            let request = try await call.request().withUnsafeReadableBytes { try Request(unpacking: $0) }
            defer { changed.raise() }
            let (answer, isAnswered) = try shared.withLock { shared in
                shared.requests[name, default: 0] += 1
                if let status = shared.faults.refused[name] { throw status }
                return (try body(&shared.store, request), !shared.faults.unanswered.contains(name))
            }
            changed.raise()
            // The client hangs up when it has waited for long enough.
            guard isAnswered else { return await untilCancelled() }
            try await Self.send(answer, call)
        }
    }

    /// Returns when the calling task is cancelled.
    func untilCancelled() async {
        while !Task.isCancelled { await changed.wait(beyond: .max) }
    }

    private static func send(_ message: some WireMessage, _ call: AsyncCall) async throws {
        try await call.send(message.pack { FramedMessage(payloadSize: $0, write: $1) })
    }

    private static func list(_ store: TestState, _ request: ListRequest) -> ListResponse {
        let all = store.entries.values.filter { $0.key.hasPrefix(request.prefix) && $0.key > request.cursor }
            .sorted { $0.key < $1.key }
        let page = request.limit == 0 ? all : Array(all.prefix(Int(request.limit)))
        return ListResponse(
            entries: request.keysOnly
                ? page.map { Entry(namespace: $0.namespace, key: $0.key, revision: $0.revision) } : page,
            nextCursor: page.count < all.count ? page.last?.key ?? "" : "",
            position: store.position
        )
    }

    private static func delete(_ store: inout TestState, _ request: DeleteRequest, _ revision: UInt64) -> [Change] {
        guard request.prefix else { return store.remove(request.key, at: revision).map { [$0] } ?? [] }
        return store.entries.keys.filter { $0.hasPrefix(request.key) }.sorted()
            .compactMap { store.remove($0, at: revision) }
    }

    private static func transact(_ store: inout TestState, _ request: TransactRequest) throws -> TransactResponse {
        let succeeds = request.guards.allSatisfy { store.holds($0.key, $0.condition) }
        let changes = try store.commit { store, revision in
            try (succeeds ? request.then : request.otherwise)
                .flatMap { write -> [Change] in
                    switch write.kind {
                    case .put(let put): [try store.put(put, at: revision)]
                    case .increment(let increment): [try store.increment(increment, at: revision)]
                    case .delete(let request): delete(&store, request, revision)
                    case nil: []
                    }
                }
        }
        return TransactResponse(succeeded: succeeds, position: store.position, entries: changes.compactMap(\.entry))
    }

    // MARK: Watch

    private func watch(_ call: AsyncCall) async throws {
        let request = try await call.request().withUnsafeReadableBytes { try WatchRequest(unpacking: $0) }
        let (reset, cut, isMute) = shared.withLock { shared in
            shared.watches.append(request)
            let cut = shared.faults.watchCuts.isEmpty ? nil : shared.faults.watchCuts.removeFirst()
            let reset = request.after == nil ? .none : shared.faults.reset
            if request.after != nil { shared.faults.reset = .none }
            return (reset, cut, shared.faults.isMute)
        }
        changed.raise()
        if isMute { return await untilCancelled() }
        var left = cut ?? .max
        func tell(_ message: WatchResponse) async throws {
            if left == 0 { throw GRPCStatus(.unavailable, "cut off") }
            left -= 1
            try await Self.send(message, call)
        }
        if reset != .none { return try await tell(WatchResponse(reset: reset)) }
        var position = try await begin(request, tell)
        while true {
            let version = changed.version
            let (store, isMute) = shared.withLock { ($0.store, $0.faults.isMute) }
            guard store.epoch == position.epoch, position.revision >= store.compacted else {
                return try await tell(
                    WatchResponse(reset: store.epoch == position.epoch ? .compacted : .epoch)
                )
            }
            for (revision, changes) in store.log where revision > position.revision && !isMute {
                position.revision = revision
                try await tell(WatchResponse(changes: changes, position: position))
            }
            await changed.wait(beyond: version)
            if Task.isCancelled { return }
        }
    }

    private func begin(
        _ request: WatchRequest,
        _ tell: (WatchResponse) async throws -> Void
    ) async throws -> Position {
        let store = store
        guard request.snapshot else {
            let position = request.after ?? store.position
            try await tell(WatchResponse(position: position))
            return position
        }
        for entry in store.entries.values.sorted(by: { $0.key < $1.key }) {
            try await tell(WatchResponse(changes: [Change(kind: .put, entry: entry)]))
        }
        try await tell(WatchResponse(position: store.position, snapshotEnd: true))
        return store.position
    }
}
