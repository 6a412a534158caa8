import CrierCore

/// A part of the cache: versions by key, dropped by the clock algorithm when they are too many. A plain value:
/// `EntryCache` locks.
///
/// A key whose newest version is in the log and not yet in the table of entries is *unfolded*: it stays until it is told
/// to be folded, however many there are; the writer sees to it that they are not too many.
struct EntryCacheShard {
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
        guard let place = index[key], let slot = slots[place] else { return nil }
        slots[place]?.wasUsed = true
        if let next = slot.next, next.revision <= revision { return next }
        return slot.current
    }

    func newest(_ key: StoreKey) -> EntryCache.Version? {
        guard let place = index[key], let slot = slots[place] else { return nil }
        return slot.next ?? slot.current
    }

    /// What of the key is visible at the revision and not in the table of entries.
    func unfolded(_ key: StoreKey, at revision: UInt64) -> EntryCache.Version? {
        guard let place = index[key], let slot = slots[place], slot.isUnfolded, slot.unfoldedSince <= revision else {
            return nil
        }
        if let next = slot.next, next.revision <= revision { return next }
        return slot.current
    }

    /// True: the key was folded before.
    mutating func insert(_ key: StoreKey, _ version: EntryCache.Version, visible: UInt64) -> Bool {
        newestRevision = max(newestRevision, version.revision)
        guard let place = index[key], var slot = slots[place] else {
            add(Slot(key: key, current: nil, next: version, unfoldedSince: version.revision))
            return true
        }
        let wasUnfolded = slot.isUnfolded
        count(slot, -1)
        if let next = slot.next, next.revision <= visible { slot.current = next }
        slot.next = version
        if !wasUnfolded { slot.unfoldedSince = version.revision }
        count(slot, 1)
        slots[place] = slot
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
        guard let place = index[key], var slot = slots[place] else { return }
        count(slot, -1)
        slot.unfoldedSince = 0
        slot.current = (slot.next ?? slot.current).map { EntryCache.Version($0, row: row) }
        slot.next = nil
        count(slot, 1)
        slots[place] = slot
        if slot.bytes > SQLiteLimits.cachedVersionBytes { remove(key) }
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
            guard var slot = slots[place], let next = slot.next, next.revision > revision else { continue }
            count(slot, -1)
            slot.next = nil
            if slot.unfoldedSince > revision { slot.unfoldedSince = 0 }
            count(slot, 1)
            slots[place] = slot
            if slot.current == nil { remove(slot.key) }
        }
    }

    private mutating func add(_ slot: Slot) {
        count(slot, 1)
        if let place = free.popLast() {
            slots[place] = slot
            index[slot.key] = place
        } else {
            index[slot.key] = slots.count
            slots.append(slot)
        }
    }

    private mutating func remove(_ key: StoreKey) {
        guard let place = index.removeValue(forKey: key), let slot = slots[place] else { return }
        count(slot, -1)
        slots[place] = nil
        free.append(place)
    }

    private mutating func count(_ slot: Slot, _ sign: Int) {
        if slot.isUnfolded { unfoldedBytes += sign * slot.bytes } else { bytes += sign * slot.bytes }
    }
}

extension EntryCache.Version {
    fileprivate init(_ version: EntryCache.Version, row: Int64?) {
        self.init(entry: version.entry, revision: version.revision, row: row)
    }

    fileprivate var bytes: Int { SQLiteLimits.cacheVersionBytes + (entry?.byteCount ?? 0) }
}
