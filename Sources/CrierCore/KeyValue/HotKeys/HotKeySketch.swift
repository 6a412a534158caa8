/// The keys that came up most, of any number of keys, in bounded memory: "space saving" (Metwally et al., 2005).
///
/// A key that is not counted yet takes the place of the least counted one and inherits its count as a *floor*, so that
/// a newcomer cannot be thrown out before it had its chance. What is told is what was counted for the key itself, which
/// is never too much. Counts are halved from time to time: what was busy long ago fades.
struct HotKeySketch {
    struct Counter {
        let key: StoreKey
        var reads: UInt64 = 0
        var writes: UInt64 = 0
        /// What the key that was thrown out for it had.
        var floor: UInt64 = 0

        /// What was counted for the key itself.
        var counted: UInt64 { reads + writes }
        var total: UInt64 { floor + counted }
    }

    private(set) var counters: [Counter] = []
    private var places: [StoreKey: Int] = [:]
    private var sinceHalving: UInt64 = 0

    mutating func add(_ key: StoreKey, reads: UInt64 = 0, writes: UInt64 = 0) {
        let place = places[key] ?? take(key)
        counters[place].reads += reads
        counters[place].writes += writes
        sinceHalving += reads + writes
        if sinceHalving >= KeyValueLimits.hotKeyMemory { halve() }
    }

    /// A place for a key that has none.
    private mutating func take(_ key: StoreKey) -> Int {
        guard counters.count >= KeyValueLimits.hotKeyCounters else {
            counters.append(Counter(key: key))
            places[key] = counters.count - 1
            return counters.count - 1
        }
        var least = 0
        for place in counters.indices where counters[place].total < counters[least].total { least = place }
        places[counters[least].key] = nil
        counters[least] = Counter(key: key, floor: counters[least].total)
        places[key] = least
        return least
    }

    private mutating func halve() {
        sinceHalving = 0
        for place in counters.indices {
            counters[place].reads /= 2
            counters[place].writes /= 2
            counters[place].floor /= 2
        }
        counters.removeAll { $0.total == 0 }
        places = [:]
        for (place, counter) in counters.enumerated() { places[counter.key] = place }
    }
}
