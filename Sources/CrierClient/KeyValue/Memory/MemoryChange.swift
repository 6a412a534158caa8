/// A key of the memory has changed.
public struct MemoryChange: Sendable, Hashable {
    public var kind: KeyValueChange.Kind
    public var key: String
    /// As it was; nil: there was none.
    public var old: KeyValueEntry?
    /// As it is; nil: it is gone.
    public var new: KeyValueEntry?
    /// Where the store stood with this change.
    public var position: KeyValuePosition
    /// Found by reading everything anew: what came between `old` and `new` is not known, and of a key that is gone not
    /// whether it was deleted or ran out.
    public var isReload: Bool

    init(
        _ kind: KeyValueChange.Kind,
        _ key: String,
        _ old: KeyValueEntry?,
        _ new: KeyValueEntry?,
        at position: KeyValuePosition,
        isReload: Bool
    ) {
        self.kind = kind
        self.key = key
        self.old = old
        self.new = new
        self.position = position
        self.isReload = isReload
    }
}

/// What a subscriber hears.
public enum MemoryEvent: Sendable, Hashable {
    case changed(MemoryChange)
    /// The subscriber was too slow: changes before this were forgotten. Read what matters again; later changes follow.
    case missed
}
