/// How much each namespace may hold. Namespaces that begin with `_` are the gateway's own and have no quota.
public struct StoreQuotas: Sendable, Equatable {
    /// A number for every namespace, and others for some.
    public struct Limit: Sendable, Equatable {
        /// For every namespace that `overrides` does not name; nil: no limit.
        public var standard: Int?
        public var overrides: [StoreNamespace: Int]

        public init(standard: Int? = nil, overrides: [StoreNamespace: Int] = [:]) {
            self.standard = standard
            self.overrides = overrides
        }

        var isUnlimited: Bool { standard == nil && overrides.isEmpty }

        /// What counts for the namespace; nil: no limit.
        public func limit(of namespace: StoreNamespace) -> Int? {
            namespace.isReserved ? nil : overrides[namespace] ?? standard
        }
    }

    /// Keys.
    public var keys: Limit
    /// Bytes of keys and values, before compression.
    public var bytes: Limit

    public init(keys: Limit = Limit(), bytes: Limit = Limit()) {
        self.keys = keys
        self.bytes = bytes
    }

    var isUnlimited: Bool { keys.isUnlimited && bytes.isUnlimited }

    /// Throws `quota` when `change` makes the namespace larger than it may be. What shrinks it is always allowed, also
    /// when it is too large already.
    func check(_ namespace: StoreNamespace, is usage: StoreUsage, plus change: StoreUsage) throws(KeyValueError) {
        let after = usage + change
        if change.keys > 0, let limit = keys.limit(of: namespace), after.keys > limit {
            throw KeyValueError(.quota, "namespace \(namespace) would have \(after.keys) keys: its quota is \(limit)")
        }
        if change.bytes > 0, let limit = bytes.limit(of: namespace), after.bytes > limit {
            throw KeyValueError(.quota, "namespace \(namespace) would have \(after.bytes) bytes: its quota is \(limit)")
        }
    }
}
