import CrierCore
import CrierMessages

/// Reads many entries in order, in requests whose answers stay small whatever the size of the values.
struct EtcdRangeReader {
    private let cluster: EtcdCluster
    private var range: EtcdLayout.KeyRange
    /// All of it is read as it was then; 0: the first request decides.
    private(set) var revision: UInt64
    /// Whether later requests see what the first one saw.
    private let isPinned: Bool
    /// Where the store stood at the first request.
    private(set) var position: StorePosition?
    private var step: Int
    private var isAtEnd = false

    init(_ cluster: EtcdCluster, _ range: EtcdLayout.KeyRange, at revision: UInt64 = 0, isPinned: Bool = true) {
        self.cluster = cluster
        self.range = range
        self.revision = revision
        self.isPinned = isPinned
        step = EtcdLimits.firstRangeEntries
    }

    /// The next entries in order, at most `limit`; nil: there are no more. What is no entry is passed over.
    mutating func next(limit: Int) async throws(KeyValueError) -> [StoreEntry]? {
        while !isAtEnd {
            let answer = try await read(limit: min(limit, step))
            if let last = answer.keyValues.last, answer.more {
                range.start = last.key + [0]
            } else {
                isAtEnd = true
            }
            grow(answer.keyValues)
            let layout = cluster.layout
            let entries = answer.keyValues.compactMap { keyValue in
                layout.key(keyValue.key).flatMap { EtcdEntryCoder.decode(keyValue, $0) }
            }
            if !entries.isEmpty { return entries }
        }
        return nil
    }

    private mutating func read(limit: Int) async throws(KeyValueError) -> Etcd.RangeResponse {
        var limit = limit
        while true {
            let request = Etcd.RangeRequest(
                key: range.start,
                rangeEnd: range.end,
                limit: Int64(limit),
                revision: Int64(clamping: revision)
            )
            do throws(EtcdFailure) {
                let found = try await cluster.attempt(EtcdMethods.range, request)
                if position == nil { position = found.position }
                if isPinned, revision == 0 { revision = found.position.revision }
                return found.answer
            } catch {
                guard error.kind == .answerTooLarge, limit > 1 else { throw KeyValueError(error, isWrite: false) }
                limit /= 2
                step = limit
            }
        }
    }

    /// The next request asks for about a page of bytes, if what comes is like what came.
    private mutating func grow(_ found: [Etcd.KeyValue]) {
        let bytes = found.reduce(0) { $0 + $1.key.count + $1.value.count }
        guard bytes > 0 else { return }
        let like = KeyValueLimits.pageBytes / max(bytes / found.count, 1)
        step = min(max(like, 1), step * 8, KeyValueLimits.maximumPageEntries)
    }
}

extension EtcdCluster {
    /// Single keys as they were at revisions that may differ.
    /// - Parameter wanted: at most `EtcdLimits.rangesAtOnce`.
    func entries(
        _ wanted: [(key: StoreKey, revision: UInt64)]
    ) async throws(KeyValueError) -> EtcdAnswered<[StoreEntry?]> {
        let request = Etcd.TxnRequest(
            success: wanted.map { key, revision in
                Etcd.RequestOp(
                    .range(Etcd.RangeRequest(key: layout.bytes(key), revision: Int64(clamping: revision)))
                )
            }
        )
        let found = try await ask(EtcdMethods.transact, request)
        // What somebody else put there is no entry.
        let entries = try Self.keyValues(found.answer.responses[...], wanted.count)
        return EtcdAnswered(
            answer: zip(entries, wanted)
                .map { keyValue, want in
                    keyValue.flatMap { EtcdEntryCoder.decode($0, want.key) }
                },
            position: found.position
        )
    }

    /// What ranges of single keys found, in their order.
    static func keyValues(
        _ responses: ArraySlice<Etcd.ResponseOp>,
        _ count: Int
    ) throws(KeyValueError) -> [Etcd.KeyValue?] {
        var found: [Etcd.KeyValue?] = []
        found.reserveCapacity(count)
        for response in responses {
            guard case .range(let range) = response.kind else {
                throw KeyValueError(.unavailable, "etcd answered something else than what was asked for")
            }
            found.append(range.keyValues.first)
        }
        guard found.count == count else {
            throw KeyValueError(.unavailable, "etcd answered \(found.count) of \(count) requests")
        }
        return found
    }
}
