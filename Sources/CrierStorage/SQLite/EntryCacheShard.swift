import CrierCore

/// A part of the cache: versions by key, dropped by the clock algorithm when they are too many. A plain value:
/// `EntryCache` locks.
///
/// A key whose newest version is in the log and not yet in the table of entries is *unfolded*: it stays until it is told
/// to be folded, however many there are; the writer sees to it that they are not too many.
struct EntryCacheShard {
    /// Changed in place only: a copy counts every reference in it up and down.
    private struct Slot {
        let key: StoreKey
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
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var hand = 0
    /// Of the folded slots.
    private var bytes = 0
    private(set) var unfoldedBytes = 0
    /// The newest revision that the writer brought here: whoever read before it may have read what is old now.
    private var newestRevision: UInt64 = 0

    mutating func visible(_ key: StoreKey, at revision: UInt64) -> EntryCache.Version? {
        guard let place = index[key] else { return nil }
        slots[place]?.wasUsed = true
        return slots[place]?.version(at: revision)
    }

    func newest(_ key: StoreKey) -> EntryCache.Version? {
        guard let place = index[key] else { return nil }
        return slots[place]?.version(at: .max)
    }

    /// What of the key is visible at the revision and not in the table of entries.
    func unfolded(_ key: StoreKey, at revision: UInt64) -> EntryCache.Version? {
        guard let place = index[key], let slot = slots[place], slot.isUnfolded, slot.unfoldedSince <= revision else {
            return nil
        }
        return slot.version(at: revision)
    }

    /// True: the key was folded before.
    mutating func insert(_ key: StoreKey, _ version: EntryCache.Version, visible: UInt64) -> Bool {
        newestRevision = max(newestRevision, version.revision)
        guard let place = index[key] else {
            add(Slot(key: key, current: nil, next: version, unfoldedSince: version.revision))
            return true
        }
        let wasUnfolded = slots[place]?.isUnfolded ?? false
        count(place, -1)
        slots[place]?.insert(version, visible: visible)
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
        slots[place]?.fold(row: row)
        count(place, 1)
        if slots[place]?.bytes ?? 0 > SQLiteLimits.cachedVersionBytes { remove(key) }
    }

    /// Drops what was not used since the hand came by, until at most so many bytes of folded versions are left.
    mutating func shrink(to limit: Int) {
        while bytes > limit {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            guard let slot = slots[hand], !slot.isUnfolded else { continue }
            if slot.wasUsed { slots[hand]?.wasUsed = false } else { remove(slot.key) }
        }
    }

    /// What was inserted after this revision did not happen.
    mutating func takeBack(after revision: UInt64) {
        // The newest revision stays: what reads brought along before is as old as it was.
        for place in slots.indices {
            guard let newest = slots[place]?.next?.revision, newest > revision else { continue }
            count(place, -1)
            slots[place]?.takeBack(after: revision)
            count(place, 1)
            if let slot = slots[place], slot.current == nil { remove(slot.key) }
        }
    }

    private mutating func add(_ slot: Slot) {
        let place = free.popLast() ?? slots.count
        index[slot.key] = place
        if place < slots.count { slots[place] = slot } else { slots.append(slot) }
        count(place, 1)
    }

    private mutating func remove(_ key: StoreKey) {
        guard let place = index.removeValue(forKey: key) else { return }
        count(place, -1)
        slots[place] = nil
        free.append(place)
    }

    private mutating func count(_ place: Int, _ sign: Int) {
        guard let slotBytes = slots[place]?.bytes, let isUnfolded = slots[place]?.isUnfolded else { return }
        if isUnfolded { unfoldedBytes += sign * slotBytes } else { bytes += sign * slotBytes }
    }
}

extension EntryCache.Version {
    fileprivate var bytes: Int { SQLiteLimits.cacheVersionBytes + (entry?.byteCount ?? 0) }
}
