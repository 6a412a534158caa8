import CrierGRPC
import CrierMessages

/// What a watcher hears.
public enum KeyValueWatchEvent: Sendable, Hashable {
    /// A part of what was there when the watch began.
    case snapshot([KeyValueEntry])
    /// The snapshot was whole; `position` says of when. Changes follow.
    case snapshotEnd(KeyValuePosition)
    /// All changes of one revision.
    case changes([KeyValueChange], KeyValuePosition)
    /// Nothing happened up to here. Comes when a watch has begun, and every 10 seconds at least.
    case progress(KeyValuePosition)
    /// The last event: changes cannot be told any more, read again from the start.
    case reset(Reset)

    /// Why a watch ends.
    public enum Reset: String, Sendable, Hashable, CaseIterable {
        /// The gateway's log does not reach back that far.
        case compacted
        /// The store was restored.
        case epoch
        /// We did not read quickly enough.
        case overflow
    }
}

/// One watch: ordered, without gaps and duplicates, each revision whole. Ends with `.reset`, or throws `.unavailable`
/// when the connection is lost or the gateway says nothing for 30 seconds (it owes a word every 10); then a new watch
/// after the last position goes on without a gap.
///
/// Reading slowly slows the gateway down, and in the end resets the watch.
public struct KeyValueWatch: AsyncSequence, Sendable {
    let stream: MessageStream<WatchRequest, WatchResponse>
    let withSnapshot: Bool

    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: stream, assembler: WatchAssembler(withSnapshot: withSnapshot))
    }

    public struct Iterator: AsyncIteratorProtocol {
        let stream: MessageStream<WatchRequest, WatchResponse>
        var assembler: WatchAssembler

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(KeyValueClientError) -> KeyValueWatchEvent? {
            while true {
                let message: WatchResponse?
                do throws(CrierClientError) {
                    message = try await stream.next()
                } catch {
                    throw KeyValueClientError(watch: error)
                }
                guard let message else { return nil }
                if let event = try assembler.take(message) { return event }
            }
        }
    }
}

/// Makes events of a watch's messages: a large revision comes in several, and only the last has a position.
struct WatchAssembler: Sendable {
    private var isInSnapshot: Bool
    private var unfinished: [KeyValueChange] = []
    private var unfinishedBytes = 0

    init(withSnapshot: Bool) {
        isInSnapshot = withSnapshot
    }

    /// Nil: more of the same revision is to come.
    mutating func take(_ message: WatchResponse) throws(KeyValueClientError) -> KeyValueWatchEvent? {
        switch message.reset {
        case .none: break
        case .compacted: return .reset(.compacted)
        case .epoch: return .reset(.epoch)
        case .overflow, .unrecognized: return .reset(.overflow)
        }
        return isInSnapshot ? try takeSnapshot(message) : try takeChanges(message)
    }

    private mutating func takeSnapshot(
        _ message: WatchResponse
    ) throws(KeyValueClientError) -> KeyValueWatchEvent? {
        if message.snapshotEnd {
            guard message.changes.isEmpty else { throw .incomplete("snapshot before its end") }
            isInSnapshot = false
            return .snapshotEnd(try KeyValuePosition(message.position))
        }
        if message.changes.isEmpty { return .progress(try KeyValuePosition(message.position)) }
        var entries: [KeyValueEntry] = []
        entries.reserveCapacity(message.changes.count)
        for change in message.changes {
            guard let entry = try KeyValueChange(change).entry else { throw .incomplete("value in a snapshot") }
            entries.append(entry)
        }
        return .snapshot(entries)
    }

    private mutating func takeChanges(
        _ message: WatchResponse
    ) throws(KeyValueClientError) -> KeyValueWatchEvent? {
        for change in message.changes {
            let change = try KeyValueChange(change)
            unfinishedBytes += change.byteCount
            unfinished.append(change)
        }
        guard let position = message.position else {
            guard unfinishedBytes <= Limits.revisionBytes else {
                throw KeyValueClientError(
                    .tooLarge,
                    "one revision's changes are more than \(Limits.revisionBytes) bytes; watch without previous values"
                )
            }
            return nil
        }
        defer { (unfinished, unfinishedBytes) = ([], 0) }
        let at = try KeyValuePosition(position)
        return unfinished.isEmpty ? .progress(at) : .changes(unfinished, at)
    }
}

extension KeyValueChange {
    /// Bytes of keys and values that it holds.
    var byteCount: Int {
        key.utf8.count + (entry?.value.byteCount ?? 0) + (previous?.value.byteCount ?? 0)
    }
}

extension KeyValueClientError {
    /// A stream that changes nothing.
    init(watch error: CrierClientError) {
        if let status = error.cause as? GRPCStatus {
            self.init(status, isWrite: false)
        } else {
            self.init(.unavailable, error.message, cause: error)
        }
    }
}
