import CrierCore

/// A part of the cache: versions by key, dropped by the clock algorithm when they are too many. A plain value:
/// `EntryCache` locks.
struct EntryCacheShard {
    private struct Slot {
        let key: StoreKey
        /// What was visible when `next` came.
        var current: EntryCache.Version?
        var next: EntryCache.Version?
        /// Since the clock's hand passed last.
        var wasUsed = false

        var bytes: Int { SQLiteLimits.cacheSlotBytes + (current?.bytes ?? 0) + (next?.bytes ?? 0) }
    }

    private var index: [StoreKey: Int] = [:]
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var hand = 0
    private var bytes = 0
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

    mutating func insert(_ key: StoreKey, _ version: EntryCache.Version, visible: UInt64) {
        newestRevision = max(newestRevision, version.revision)
        guard version.bytes <= SQLiteLimits.cachedVersionBytes else { return remove(key) }
        guard let place = index[key], var slot = slots[place] else {
            return add(Slot(key: key, current: nil, next: version))
        }
        bytes -= slot.bytes
        if let next = slot.next, next.revision <= visible { slot.current = next }
        slot.next = version
        bytes += slot.bytes
        slots[place] = slot
    }

    mutating func fill(_ key: StoreKey, _ version: EntryCache.Version, readAt revision: UInt64) {
        guard newestRevision <= revision, index[key] == nil, version.bytes <= SQLiteLimits.cachedVersionBytes else {
            return
        }
        add(Slot(key: key, current: version, next: nil))
    }

    /// Drops what was not used since the hand came by, until at most so many bytes are left.
    mutating func shrink(to limit: Int) {
        while bytes > limit, !index.isEmpty {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            guard let slot = slots[hand] else { continue }
            if slot.wasUsed { slots[hand]?.wasUsed = false } else { remove(slot.key) }
        }
    }

    mutating func forget() {
        // The newest revision stays: what reads brought along before is as old as it was.
        (index, slots, free, hand, bytes) = ([:], [], [], 0, 0)
    }

    private mutating func add(_ slot: Slot) {
        bytes += slot.bytes
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
        bytes -= slot.bytes
        slots[place] = nil
        free.append(place)
    }
}

extension EntryCache.Version {
    fileprivate var bytes: Int { SQLiteLimits.cacheVersionBytes + (entry?.byteCount ?? 0) }
}
