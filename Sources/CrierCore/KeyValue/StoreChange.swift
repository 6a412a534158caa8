/// What happened to one key at one revision.
public struct StoreChange: Sendable, Equatable {
    public enum Kind: Sendable {
        case put
        case delete
        /// Its time ran out, or its lease's did.
        case expire
    }

    public let kind: Kind
    public let revision: UInt64
    /// The entry after the change; nil when it is gone.
    public let entry: StoreEntry?
    /// The entry before the change; nil when there was none.
    public let previous: StoreEntry?
    /// Of a change that brings no entry along, in which the key would stand.
    @usableFromInline let bareKey: StoreKey?

    @inlinable public var key: StoreKey {
        guard let key = entry?.key ?? previous?.key ?? bareKey else { preconditionFailure("a change without a key") }
        return key
    }

    public init(kind: Kind, key: StoreKey, revision: UInt64, entry: StoreEntry?, previous: StoreEntry?) {
        self.kind = kind
        self.revision = revision
        self.entry = entry
        self.previous = previous
        bareKey = entry == nil && previous == nil ? key : nil
    }

    /// The key was made or changed.
    public static func put(_ entry: StoreEntry, previous: StoreEntry?) -> StoreChange {
        StoreChange(kind: .put, key: entry.key, revision: entry.revision, entry: entry, previous: previous)
    }

    /// Somebody deleted the key.
    public static func delete(_ previous: StoreEntry, revision: UInt64) -> StoreChange {
        StoreChange(kind: .delete, key: previous.key, revision: revision, entry: nil, previous: previous)
    }

    /// The key's time ran out.
    public static func expire(_ previous: StoreEntry, revision: UInt64) -> StoreChange {
        StoreChange(kind: .expire, key: previous.key, revision: revision, entry: nil, previous: previous)
    }

    /// Bytes that count towards the limits.
    public var byteCount: Int { (entry?.byteCount ?? key.byteCount) + (previous?.value.byteCount ?? 0) }
}
