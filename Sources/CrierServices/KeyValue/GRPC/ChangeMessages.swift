import CrierCore
import CrierGRPC
import CrierMessages

/// A revision on its way to one watcher: one message, which all watchers share, or several when it is large.
///
/// A large revision is cut anew for each watcher, one message at a time and only as fast as the watcher reads: a
/// deletion of 10,000 keys can be gigabytes with the old values, and nobody may have to hold them all.
struct ChangeMessages {
    private let set: StoreChangeSet
    private let form: StoreChangeEncoding
    private var rest: ArraySlice<StoreChange>

    init(_ set: StoreChangeSet, _ form: StoreChangeEncoding) {
        self.set = set
        self.form = form
        rest = set.changes[...]
    }

    /// The one message, when all of it fits: made for the first watcher that asks.
    var only: FramedMessage? {
        guard rest.fitting(KeyValueServiceLimits.watchMessageBytes, Change.byteCount).count == set.changes.count else {
            return nil
        }
        return FramedMessage(framed: set.encoded(as: form) { message(of: set.changes[...], isLast: true).bytes })
    }

    /// The next of several; nil after the last.
    mutating func next() -> FramedMessage? {
        guard !rest.isEmpty else { return nil }
        let part = rest.fitting(KeyValueServiceLimits.watchMessageBytes, Change.byteCount)
        rest = rest.dropFirst(part.count)
        return message(of: part, isLast: rest.isEmpty)
    }

    private func message(of changes: ArraySlice<StoreChange>, isLast: Bool) -> FramedMessage {
        let withPrevious = form == .messageWithPrevious
        return FramedMessage(
            WatchResponse(
                changes: changes.map { Change($0, withPrevious: withPrevious) },
                position: isLast ? Position(set.position) : nil
            )
        )
    }
}
