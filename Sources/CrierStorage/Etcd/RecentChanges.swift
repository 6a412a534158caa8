import CrierCore

/// The last changes, as many as fit.
struct RecentChanges {
    /// Every set after this revision is here.
    private var start: UInt64
    private var sets: [StoreChangeSet] = []
    /// The first that was not dropped: to remove the front of an array moves the rest.
    private var head = 0
    private var changes = 0
    private var bytes = 0

    init(after revision: UInt64) {
        start = revision
    }

    mutating func append(_ set: StoreChangeSet) {
        sets.append(set)
        changes += set.changes.count
        bytes += set.byteCount
        while changes > EtcdLimits.recentChanges || bytes > EtcdLimits.recentBytes, head < sets.count - 1 {
            start = sets[head].position.revision
            changes -= sets[head].changes.count
            bytes -= sets[head].byteCount
            head += 1
        }
        if head > sets.count / 2 {
            sets.removeFirst(head)
            head = 0
        }
    }

    /// What came after a revision; nil: it is further back than the first that is here.
    func sets(after revision: UInt64) -> [StoreChangeSet]? {
        guard revision >= start else { return nil }
        // Binary search: the sets are in the order of their revisions.
        var low = head
        var high = sets.count
        while low < high {
            let middle = (low + high) / 2
            if sets[middle].position.revision <= revision { low = middle + 1 } else { high = middle }
        }
        return Array(sets[low...])
    }
}
