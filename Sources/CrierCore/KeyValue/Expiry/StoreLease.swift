/// A time that entries share: when it runs out, or is revoked, they go together.
public struct StoreLease: Sendable, Equatable, Identifiable {
    /// Never 0, and never used twice in one epoch.
    public struct ID: Sendable, Hashable, CustomStringConvertible {
        public let rawValue: UInt64

        public init(_ rawValue: UInt64) {
            self.rawValue = rawValue
        }

        public var description: String { String(rawValue) }

        /// An id that cannot be guessed, since whoever knows a lease can renew and revoke it. It fits into the signed
        /// numbers of other stores.
        ///
        /// - Parameter random: gives 64 random bits each time.
        public init(random: () -> UInt64) {
            rawValue = max(1, random() >> 1)
        }
    }

    public let id: ID
    /// How long it lives after it was granted or renewed, at least. After a restart of the store it has its whole time
    /// again.
    public let milliseconds: Int64

    public init(id: ID, milliseconds: Int64) {
        self.id = id
        self.milliseconds = milliseconds
    }

    /// Throws `invalid` for a time outside `KeyValueLimits.leaseMilliseconds`.
    public static func validate(milliseconds: Int64) throws(KeyValueError) {
        let range = KeyValueLimits.leaseMilliseconds
        guard !range.contains(milliseconds) else { return }
        throw .invalid(
            field: "time of a lease",
            value: "\(milliseconds) ms",
            allowed: "from \(range.lowerBound) to \(range.upperBound) ms"
        )
    }
}

/// When an entry goes by itself.
public enum StoreExpiry: Sendable, Hashable {
    case never
    /// So many milliseconds after the write, or later: `KeyValueLimits.expiryMilliseconds`.
    case after(milliseconds: Int64)
    /// With a lease.
    case lease(StoreLease.ID)
}
