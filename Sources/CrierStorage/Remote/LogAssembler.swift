import CrierCore
import CrierMessages

/// Makes revisions of a watch's messages: a large one comes in several, and only the last has a position.
struct LogAssembler {
    enum Event: Equatable {
        case heard(StoreWatchEvent)
        case reset(StoreReset)
        /// Another watch after the last position goes on without a gap.
        case again
    }

    private var unfinished: [StoreChange] = []
    private var bytes = 0

    /// nil: more of the same revision is to come. Throws `unavailable` for what is not as the contract says.
    mutating func take(_ message: WatchResponse) throws(KeyValueError) -> Event? {
        switch message.reset {
        case .none: break
        case .compacted: return .reset(.compacted)
        case .epoch: return .reset(.epochChanged)
        // We did not read, which says nothing about the log.
        case .overflow, .unrecognized: return .again
        }
        for change in message.changes {
            let change = try StoreChange(change)
            bytes += change.byteCount
            unfinished.append(bytes <= RemoteLimits.revisionBytes ? change : change.withoutPrevious)
        }
        guard let position = message.position else { return nil }
        defer { (unfinished, bytes) = ([], 0) }
        let at = try StorePosition(position)
        if unfinished.isEmpty { return .heard(.progress(at)) }
        return .heard(.changes(StoreChangeSet(position: at, changes: unfinished)))
    }
}
