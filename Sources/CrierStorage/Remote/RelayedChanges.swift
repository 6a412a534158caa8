import CrierCore

/// The last revisions of a log, in order and without a gap, in bounded memory.
struct RelayedChanges {
    /// What is here begins after this revision.
    private(set) var start: UInt64
    /// Everything up to here was heard.
    private(set) var end: StorePosition
    private var sets: [StoreChangeSet] = []
    /// The first set that is not forgotten: popping from the front of an array would move the rest.
    private var head = 0
    private var changes = 0
    private var bytes = 0

    init(at position: StorePosition) {
        start = position.revision
        end = position
    }

    /// The next revision.
    mutating func append(_ set: StoreChangeSet) {
        sets.append(set)
        end = set.position
        changes += set.changes.count
        bytes += set.byteCount
        while changes > RemoteLimits.recentChanges || bytes > RemoteLimits.recentBytes { forgetFirst() }
    }

    /// Nothing happened up to here.
    mutating func advance(to position: StorePosition) {
        if position.revision > end.revision { end = position }
    }

    /// The revisions after `revision`; nil when they are not all here.
    func sets(after revision: UInt64) -> ArraySlice<StoreChangeSet>? {
        guard revision >= start else { return nil }
        var (low, high) = (head, sets.count)
        while low < high {
            let middle = (low + high) / 2
            if sets[middle].position.revision > revision { high = middle } else { low = middle + 1 }
        }
        return sets[low...]
    }

    private mutating func forgetFirst() {
        let first = sets[head]
        head += 1
        start = first.position.revision
        changes -= first.changes.count
        bytes -= first.byteCount
        // Now and then, so that each set is moved once on average.
        guard head > 64, head * 2 > sets.count else { return }
        sets.removeFirst(head)
        head = 0
    }
}
