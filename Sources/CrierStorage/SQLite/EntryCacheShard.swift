import CrierCore

/// A part of the cache: versions by key, dropped by the clock algorithm when they are too many. A plain value:
/// `EntryCache` locks.
///
/// A key whose newest version is in the log and not yet in the table of entries is *unfolded*: it stays until it is
/// told to be folded, however many there are; the writer sees to it that they are not too many.
struct EntryCacheShard {
    /// Changed in place only: a copy counts every reference in it up and down.
    private struct Slot {
        /// nil: the slot is free.
        var key: StoreKey?
        /// What was visible when `next` came.
        var current: EntryCache.Version?
        var next: EntryCache.Version?
        /// The revision from which on the table of entries is behind; 0: it is not.
        var unfoldedSince: UInt64 = 0
        /// Since the clock's hand passed last.
        var wasUsed = false

        var isUnfolded: Bool { unfoldedSince > 0 }
        var bytes: Int { SQLiteLimits.cacheSlotBytes + (current?.bytes ?? 0) + (next?.bytes ?? 0) }

        func version(at revision: UInt64) -> EntryCache.Version? {
            if let newest = next?.revision, newest <= revision { return next }
            return current
        }

        /// Puts a version beside what is visible.
        mutating func insert(_ version: EntryCache.Version, visible: UInt64) {
            if let newest = next?.revision, newest <= visible { current = next }
            next = version
            if unfoldedSince == 0 { unfoldedSince = version.revision }
        }

        /// Forgets a version that is newer than what is visible.
        mutating func takeBack(after visible: UInt64) {
            if let newest = next?.revision, newest > visible { next = nil }
            if unfoldedSince > visible { unfoldedSince = 0 }
        }

        /// The newest version is in the table.
        mutating func fold(row: Int64?) {
            current = (next ?? current).map { EntryCache.Version(entry: $0.entry, revision: $0.revision, row: row) }
            next = nil
            unfoldedSince = 0
        }
    }

    private var index: [StoreKey: Int] = [:]
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var hand = 0
    /// Of the folded slots.
    private var bytes = 0
    private(set) var unfoldedBytes = 0
    /// The newest revision that the writer brought here: whoever read before it may have read what is old now.
    private var newestRevision: UInt64 = 0

    mutating func visible(_ key: StoreKey, at revision: UInt64) -> EntryCache.Version? {
        guard let place = index[key] else { return nil }
        slots[place].wasUsed = true
        return slots[place].version(at: revision)
    }

    func place(of key: StoreKey) -> Int? { index[key] }

    func newest(at place: Int) -> EntryCache.Version? { slots[place].version(at: .max) }

    /// What of the key is visible at the revision and not in the table of entries.
    func unfolded(_ key: StoreKey, at revision: UInt64) -> EntryCache.Version? {
        guard let place = index[key], slots[place].isUnfolded, slots[place].unfoldedSince <= revision else {
            return nil
        }
        return slots[place].version(at: revision)
    }

    /// True: the key was folded before.
    ///
    /// - Parameter place: where the key was lately.
    mutating func insert(_ key: StoreKey, _ version: EntryCache.Version, at place: Int?, visible: UInt64) -> Bool {
        newestRevision = max(newestRevision, version.revision)
        let isThere = place.map { $0 < slots.count && slots[$0].key == key } ?? false
        guard let place = isThere ? place : index[key] else {
            add(Slot(key: key, current: nil, next: version, unfoldedSince: version.revision))
            return true
        }
        let wasUnfolded = slots[place].isUnfolded
        count(place, -1)
        slots[place].insert(version, visible: visible)
        count(place, 1)
        return !wasUnfolded
    }

    mutating func fill(_ key: StoreKey, _ version: EntryCache.Version, readAt revision: UInt64) {
        guard newestRevision <= revision, index[key] == nil, version.bytes <= SQLiteLimits.cachedVersionBytes else {
            return
        }
        add(Slot(key: key, current: version, next: nil))
    }

    /// The key's newest version is in the table of entries now, in this row.
    mutating func fold(_ key: StoreKey, row: Int64?) {
        guard let place = index[key] else { return }
        count(place, -1)
        slots[place].fold(row: row)
        count(place, 1)
        if slots[place].bytes > SQLiteLimits.cachedVersionBytes { remove(key) }
    }

    /// Drops what was not used since the hand came by, until at most so many bytes of folded versions are left.
    mutating func shrink(to limit: Int) {
        while bytes > limit {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            guard let key = slots[hand].key, !slots[hand].isUnfolded else { continue }
            if slots[hand].wasUsed { slots[hand].wasUsed = false } else { remove(key) }
        }
    }

    /// What was inserted after this revision did not happen.
    mutating func takeBack(after revision: UInt64) {
        // The newest revision stays: what reads brought along before is as old as it was.
        for place in slots.indices {
            guard let newest = slots[place].next?.revision, newest > revision else { continue }
            count(place, -1)
            slots[place].takeBack(after: revision)
            count(place, 1)
            if let key = slots[place].key, slots[place].current == nil { remove(key) }
        }
    }

    private mutating func add(_ slot: Slot) {
        let place = free.popLast() ?? slots.count
        if let key = slot.key { index[key] = place }
        if place < slots.count { slots[place] = slot } else { slots.append(slot) }
        count(place, 1)
    }

    private mutating func remove(_ key: StoreKey) {
        guard let place = index.removeValue(forKey: key) else { return }
        count(place, -1)
        slots[place] = Slot()
        free.append(place)
    }

    private mutating func count(_ place: Int, _ sign: Int) {
        let slotBytes = slots[place].bytes
        if slots[place].isUnfolded { unfoldedBytes += sign * slotBytes } else { bytes += sign * slotBytes }
    }
}

extension EntryCache.Version {
    fileprivate var bytes: Int { SQLiteLimits.cacheVersionBytes + (entry?.byteCount ?? 0) }
}
