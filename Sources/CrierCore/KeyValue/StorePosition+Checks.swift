/// The checks that every driver with a log of its own makes.
extension StorePosition {
    /// Throws unless a watch may begin after this position of a store that stands at `now` and whose log begins after
    /// the revision `compacted`.
    public func validate(asStartAt now: StorePosition, compacted: UInt64) throws(KeyValueError) {
        try validate(asPageOf: now)
        guard revision >= compacted else {
            throw KeyValueError(.compacted, "position \(self) is compacted: the log begins after \(compacted)")
        }
    }

    /// Throws unless this position is of the epoch of `now`, and not ahead of it.
    public func validate(asPageOf now: StorePosition) throws(KeyValueError) {
        guard epoch == now.epoch else {
            throw KeyValueError(.epochChanged, "position \(self) is of another epoch: the store is at \(now)")
        }
        guard revision <= now.revision else {
            throw KeyValueError(.epochChanged, "position \(self) is ahead of the store, which is at \(now)")
        }
    }
}
