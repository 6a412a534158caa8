/// Where a store stands. Revisions of one epoch only grow and are never used twice; after a restore from a backup the
/// epoch changes, and whoever remembers an older one must read again.
public struct StorePosition: Sendable, Hashable, CustomStringConvertible {
    public let epoch: UInt64
    public let revision: UInt64

    public init(epoch: UInt64, revision: UInt64) {
        self.epoch = epoch
        self.revision = revision
    }

    public var description: String { "\(epoch):\(revision)" }
}

/// A key with its value, and when it came to be so.
public struct StoreEntry: Sendable, Equatable {
    public let key: StoreKey
    public let value: StoreValue
    /// The revision at which this key was made, the last time that it was absent before.
    public let createRevision: UInt64
    /// The revision of the last change.
    public let revision: UInt64
    /// 1 for a new key, then one more with each change.
    public let version: UInt64
    /// When it was last changed, in milliseconds since 1970.
    public let updatedAt: Int64
    /// When it goes by itself.
    public let expiry: StoreExpiry
    /// With an expiry of its own: the earliest moment at which it goes, in milliseconds since 1970.
    public let expiresAt: Int64?

    public init(
        key: StoreKey,
        value: StoreValue,
        createRevision: UInt64,
        revision: UInt64,
        version: UInt64,
        updatedAt: Int64,
        expiry: StoreExpiry = .never,
        expiresAt: Int64? = nil
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.revision = revision
        self.version = version
        self.updatedAt = updatedAt
        self.expiry = expiry
        self.expiresAt = expiresAt
    }

    /// Bytes that count towards the limits.
    public var byteCount: Int { key.byteCount + value.byteCount }
}

/// What happened to one key at one revision.
public struct StoreChange: Sendable, Equatable {
    public enum Kind: Sendable {
        case put
        case delete
        /// Its time ran out, or its lease's did.
        case expire
    }

    public let kind: Kind
    public let key: StoreKey
    public let revision: UInt64
    /// The entry after the change; nil when it is gone.
    public let entry: StoreEntry?
    /// The entry before the change; nil when there was none.
    public let previous: StoreEntry?

    public init(kind: Kind, key: StoreKey, revision: UInt64, entry: StoreEntry?, previous: StoreEntry?) {
        self.kind = kind
        self.key = key
        self.revision = revision
        self.entry = entry
        self.previous = previous
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
