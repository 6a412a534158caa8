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
///
/// One counted object: an entry goes from the writer into the cache, the log, the answer and to every watcher, and none
/// of them copies more than the reference.
public struct StoreEntry: Sendable {
    @usableFromInline
    final class Fields: Sendable {
        @usableFromInline let key: StoreKey
        @usableFromInline let value: StoreValue
        @usableFromInline let createRevision: UInt64
        @usableFromInline let revision: UInt64
        @usableFromInline let version: UInt64
        @usableFromInline let updatedAt: Int64
        @usableFromInline let expiry: StoreExpiry
        @usableFromInline let expiresAt: Int64?
        /// Asked for again and again by whoever keeps within limits.
        @usableFromInline let byteCount: Int

        init(
            key: StoreKey,
            value: StoreValue,
            createRevision: UInt64,
            revision: UInt64,
            version: UInt64,
            updatedAt: Int64,
            expiry: StoreExpiry,
            expiresAt: Int64?
        ) {
            self.key = key
            self.value = value
            self.createRevision = createRevision
            self.revision = revision
            self.version = version
            self.updatedAt = updatedAt
            self.expiry = expiry
            self.expiresAt = expiresAt
            byteCount = key.byteCount + value.byteCount
        }
    }

    @usableFromInline let fields: Fields

    @inlinable public var key: StoreKey { fields.key }
    @inlinable public var value: StoreValue { fields.value }
    /// The revision at which this key was made, the last time that it was absent before.
    @inlinable public var createRevision: UInt64 { fields.createRevision }
    /// The revision of the last change.
    @inlinable public var revision: UInt64 { fields.revision }
    /// 1 for a new key, then one more with each change.
    @inlinable public var version: UInt64 { fields.version }
    /// When it was last changed, in milliseconds since 1970.
    @inlinable public var updatedAt: Int64 { fields.updatedAt }
    /// When it goes by itself.
    @inlinable public var expiry: StoreExpiry { fields.expiry }
    /// With an expiry of its own: the earliest moment at which it goes, in milliseconds since 1970.
    @inlinable public var expiresAt: Int64? { fields.expiresAt }

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
        fields = Fields(
            key: key, value: value, createRevision: createRevision, revision: revision, version: version,
            updatedAt: updatedAt, expiry: expiry, expiresAt: expiresAt)
    }

    /// Bytes that count towards the limits.
    @inlinable public var byteCount: Int { fields.byteCount }
}

extension StoreEntry: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.fields === right.fields
            || left.key == right.key && left.value == right.value && left.createRevision == right.createRevision
                && left.revision == right.revision && left.version == right.version
                && left.updatedAt == right.updatedAt && left.expiry == right.expiry
                && left.expiresAt == right.expiresAt
    }
}
