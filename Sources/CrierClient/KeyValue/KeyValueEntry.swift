/// Where the store stood. Revisions of one epoch only grow; a restore from a backup changes the epoch, and what was
/// remembered of an older one does not count any more.
public struct KeyValuePosition: Sendable, Hashable, CustomStringConvertible {
    public var epoch: UInt64
    public var revision: UInt64

    public init(epoch: UInt64, revision: UInt64) {
        self.epoch = epoch
        self.revision = revision
    }

    /// Reads `epoch:revision`, as `description` and the `X-Crier-Position` header write it.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = UInt64(parts[0]), let revision = UInt64(parts[1]) else { return nil }
        self.init(epoch: epoch, revision: revision)
    }

    public var description: String { "\(epoch):\(revision)" }
}

/// A key with its value, and when it came to be so.
public struct KeyValueEntry: Sendable, Hashable {
    public var namespace: String
    public var key: String
    public var value: KeyValue
    /// When the key was made, the last time that it was absent before.
    public var createRevision: UInt64
    /// Of the last change.
    public var revision: UInt64
    /// 1 for a new key, then one more with each change.
    public var version: UInt64
    /// Milliseconds since 1970.
    public var updatedAt: Int64
    /// The earliest moment at which it goes, in milliseconds since 1970; nil: never by its own time.
    public var expiresAt: Int64?
    /// The lease that it goes with.
    public var leaseID: UInt64?

    public init(
        namespace: String,
        key: String,
        value: KeyValue,
        createRevision: UInt64 = 0,
        revision: UInt64 = 0,
        version: UInt64 = 1,
        updatedAt: Int64 = 0,
        expiresAt: Int64? = nil,
        leaseID: UInt64? = nil
    ) {
        self.namespace = namespace
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.revision = revision
        self.version = version
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.leaseID = leaseID
    }
}

/// When an entry goes by itself.
public enum KeyValueExpiry: Sendable, Hashable {
    case never
    /// So long after the write at the earliest; 1 ms to ten years. After a restart of the gateway, full time again.
    case after(Duration)
    /// With this lease.
    case lease(UInt64)
}

/// A promise to come back: entries that name it go when it is not renewed in time, all at one revision.
public struct KeyValueLease: Sendable, Hashable {
    public var id: UInt64
    /// How long it lives at least, from the moment that the gateway granted or renewed it.
    public var timeToLive: Duration

    public init(id: UInt64, timeToLive: Duration) {
        self.id = id
        self.timeToLive = timeToLive
    }
}

/// What happened to one key at one revision.
public struct KeyValueChange: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case put
        case delete
        /// Its time ran out, or its lease's did.
        case expire
    }

    public var kind: Kind
    public var namespace: String
    public var key: String
    public var revision: UInt64
    /// As it is since then; nil when it is gone.
    public var entry: KeyValueEntry?
    /// As it was before; nil when there was none, or when nobody asked for it.
    public var previous: KeyValueEntry?

    public init(
        kind: Kind,
        namespace: String,
        key: String,
        revision: UInt64,
        entry: KeyValueEntry? = nil,
        previous: KeyValueEntry? = nil
    ) {
        self.kind = kind
        self.namespace = namespace
        self.key = key
        self.revision = revision
        self.entry = entry
        self.previous = previous
    }
}
