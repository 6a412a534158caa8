import CrierGRPC
import CrierMessages

/// The gateway's shared state, one method a call. Typed values in namespaces, with revisions, conditions, leases and a
/// change feed that loses nothing.
///
///     let state = KeyValueClient(link)
///     try await state.put("counter", 100, in: "app-1")
///     let entry = try await state.get("counter", in: "app-1").entry
///
/// Every method throws `KeyValueClientError`. A write whose answer was lost throws `.indeterminate`: it may have
/// happened, read to know.
public final class KeyValueClient: Sendable {
    let link: GatewayLink
    private let timeout: Duration
    /// After so long without a word, a watch is dead.
    let watchSilence: Duration

    /// - Parameter timeout: How long a call may take; also told to the gateway.
    public convenience init(_ link: GatewayLink, timeout: Duration = KeyValueClient.defaultTimeout) {
        self.init(link, timeout: timeout, watchSilence: Limits.watchSilence)
    }

    init(_ link: GatewayLink, timeout: Duration, watchSilence: Duration) {
        self.link = link
        self.timeout = timeout
        self.watchSilence = watchSilence
    }

    /// How long a call may take when nothing else is said.
    public static let defaultTimeout = Limits.callTimeout

    // MARK: Reads

    /// The entry as it is now.
    /// - Parameter stale: The node that is asked may answer from its own copy, which may be behind.
    public func get(
        _ key: String,
        in namespace: String,
        stale: Bool = false
    ) async throws(KeyValueClientError) -> KeyValueRead {
        try await read(GetRequest(namespace: namespace, key: key, stale: stale))
    }

    /// The entry as it was when the store stood at `revision`.
    /// - Throws: `.compacted` when the gateway's log does not reach back that far, `.epochChanged` for a revision that
    ///   is still to come.
    public func get(
        _ key: String,
        in namespace: String,
        at revision: UInt64
    ) async throws(KeyValueClientError) -> KeyValueRead {
        try await read(GetRequest(namespace: namespace, key: key, atRevision: revision))
    }

    private func read(_ request: GetRequest) async throws(KeyValueClientError) -> KeyValueRead {
        let answer = try await ask(KeyValueMethods.get, request)
        return KeyValueRead(
            entry: try KeyValueEntry.optional(answer.entry),
            position: try KeyValuePosition(answer.position)
        )
    }

    /// A page of entries, in the order of their keys' bytes.
    /// - Parameters:
    ///   - namespace: Empty: all of them, for a caller who may read them all.
    ///   - prefix: Only keys that begin with it; needs a namespace.
    ///   - limit: At most so many entries, 1 to 10,000; 0: 1,000. A page may be shorter and still not be the last.
    ///   - cursor: `nextCursor` of the page before; nil: the first page.
    public func list(
        in namespace: String,
        prefix: String = "",
        limit: Int = 0,
        cursor: String? = nil
    ) async throws(KeyValueClientError) -> KeyValuePage {
        let answer = try await list(namespace, prefix, limit, cursor, keysOnly: false)
        var entries: [KeyValueEntry] = []
        entries.reserveCapacity(answer.entries.count)
        for entry in answer.entries { entries.append(try KeyValueEntry(entry)) }
        return KeyValuePage(
            entries: entries,
            nextCursor: answer.nextCursor.isEmpty ? nil : answer.nextCursor,
            position: try KeyValuePosition(answer.position)
        )
    }

    /// A page of keys; as `list`, without the values.
    public func listKeys(
        in namespace: String,
        prefix: String = "",
        limit: Int = 0,
        cursor: String? = nil
    ) async throws(KeyValueClientError) -> KeyValueKeysPage {
        let answer = try await list(namespace, prefix, limit, cursor, keysOnly: true)
        return KeyValueKeysPage(
            keys: answer.entries.map {
                KeyValueKeysPage.Key(namespace: $0.namespace, key: $0.key, revision: $0.revision)
            },
            nextCursor: answer.nextCursor.isEmpty ? nil : answer.nextCursor,
            position: try KeyValuePosition(answer.position)
        )
    }

    private func list(
        _ namespace: String,
        _ prefix: String,
        _ limit: Int,
        _ cursor: String?,
        keysOnly: Bool
    ) async throws(KeyValueClientError) -> ListResponse {
        let request = ListRequest(
            namespace: namespace,
            prefix: prefix,
            limit: Int32(clamping: limit),
            cursor: cursor ?? "",
            keysOnly: keysOnly
        )
        return try await ask(KeyValueMethods.list, request)
    }

    /// The last changes of a key, newest first, deletions included.
    /// - Parameter limit: 1 to 1,000; 0: 100.
    public func history(
        of key: String,
        in namespace: String,
        limit: Int = 0
    ) async throws(KeyValueClientError) -> KeyValueHistory {
        let request = HistoryRequest(namespace: namespace, key: key, limit: Int32(clamping: limit))
        let answer = try await ask(KeyValueMethods.history, request)
        var changes: [KeyValueChange] = []
        for change in answer.changes { changes.append(try KeyValueChange(change)) }
        return KeyValueHistory(changes: changes, position: try KeyValuePosition(answer.position))
    }

    /// What a namespace holds; zeros for one that holds nothing.
    public func statistics(of namespace: String) async throws(KeyValueClientError) -> KeyValueStatistics {
        let answer = try await ask(KeyValueMethods.stats, StatsRequest(namespace: namespace))
        return KeyValueStatistics(
            keys: Int(clamping: answer.keys),
            bytes: Int(clamping: answer.bytes),
            watchers: Int(clamping: answer.watchers),
            hotKeys: answer.hotKeys.map {
                KeyValueStatistics.HotKey(
                    namespace: $0.namespace,
                    key: $0.key,
                    reads: Int(clamping: $0.reads),
                    writes: Int(clamping: $0.writes)
                )
            }
        )
    }

    /// The namespaces that hold something and that the caller may read, in order.
    public func namespaces() async throws(KeyValueClientError) -> [KeyValueNamespace] {
        try await ask(KeyValueMethods.listNamespaces, ListNamespacesRequest()).namespaces
            .map {
                KeyValueNamespace(name: $0.namespace, keys: Int(clamping: $0.keys), bytes: Int(clamping: $0.bytes))
            }
    }

    // MARK: Calls

    /// A call that changes nothing.
    func ask<Request: WireMessage, Answer: WireMessage>(
        _ method: Method<Request, Answer>,
        _ request: Request
    ) async throws(KeyValueClientError) -> Answer {
        try await call(method, request, isWrite: false, timeout: timeout)
    }

    /// A call that changes something: when its answer is lost, nobody knows whether it did.
    func write<Request: WireMessage, Answer: WireMessage>(
        _ method: Method<Request, Answer>,
        _ request: Request,
        timeout: Duration? = nil
    ) async throws(KeyValueClientError) -> Answer {
        try await call(method, request, isWrite: true, timeout: timeout ?? self.timeout)
    }

    private func call<Request: WireMessage, Answer: WireMessage>(
        _ method: Method<Request, Answer>,
        _ request: Request,
        isWrite: Bool,
        timeout: Duration
    ) async throws(KeyValueClientError) -> Answer {
        do throws(GRPCStatus) {
            return try await link.answer(method, request, timeout: timeout)
        } catch {
            throw KeyValueClientError(error, isWrite: isWrite)
        }
    }
}
