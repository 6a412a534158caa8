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
        public static func random(using generator: inout some RandomNumberGenerator) -> Self {
            Self(.random(in: 1...UInt64(Int64.max), using: &generator))
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
}

/// When an entry goes by itself.
public enum StoreExpiry: Sendable, Hashable {
    case never
    /// So many milliseconds after the write, or later: `KeyValueLimits.expiryMilliseconds`.
    case after(milliseconds: Int64)
    /// With a lease.
    case lease(StoreLease.ID)
}
