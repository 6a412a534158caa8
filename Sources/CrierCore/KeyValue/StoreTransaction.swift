/// What must be true of an entry before something is done to it.
public enum StoreCondition: Sendable, Equatable {
    case absent
    case present
    /// The entry's last change was at this revision.
    case revision(UInt64)
    /// The entry holds this value, type and bytes.
    case value(StoreValue)

    /// Whether `entry`, nil when absent, is as the condition asks.
    public func holds(for entry: StoreEntry?) -> Bool {
        switch self {
        case .absent: entry == nil
        case .present: entry != nil
        case .revision(let revision): entry?.revision == revision
        case .value(let value): entry?.value == value
        }
    }
}

/// One thing to do.
public enum StoreWrite: Sendable, Equatable {
    /// An expiry replaces the one that the entry had.
    case put(StoreKey, StoreValue, StoreExpiry = .never)
    /// Nothing happens when there is no such key.
    case delete(StoreKey)
    /// Every key of the namespace that begins with the prefix; at most `KeyValueLimits.prefixDeletionKeys`.
    case deletePrefix(StoreNamespace, String)
    /// Adds to an `int`, whose expiry stays as it is. An absent key is `initial` before the addition.
    case increment(StoreKey, by: Int64, initial: Int64)
}

/// Guards, and what to do when all of them hold, or else. Everything happens at one revision, or nothing does.
public struct StoreTransaction: Sendable, Equatable {
    public struct Guard: Sendable, Equatable {
        public let key: StoreKey
        public let condition: StoreCondition

        public init(_ key: StoreKey, _ condition: StoreCondition) {
            self.key = key
            self.condition = condition
        }
    }

    public struct Outcome: Sendable, Equatable {
        /// True: `then` was done. False: `otherwise` was.
        public let succeeded: Bool
        /// The revision of the changes, or where the store stood when there were none.
        public let position: StorePosition
        /// In the order of the writes. A deletion that found nothing makes no change.
        public let changes: [StoreChange]
        /// When not `succeeded`: the first guard that did not hold, and its entry as it is.
        public let refusal: Refusal?

        public init(succeeded: Bool, position: StorePosition, changes: [StoreChange], refusal: Refusal?) {
            self.succeeded = succeeded
            self.position = position
            self.changes = changes
            self.refusal = refusal
        }
    }

    /// An object, so that outcomes, nearly all of which have none, are small.
    public final class Refusal: Sendable, Equatable {
        public let failed: Guard
        public let current: StoreEntry?

        public init(failed: Guard, current: StoreEntry?) {
            self.failed = failed
            self.current = current
        }

        public static func == (left: Refusal, right: Refusal) -> Bool {
            left.failed == right.failed && left.current == right.current
        }
    }

    /// Hears what became of a transaction.
    public typealias Completion = @Sendable (Result<Outcome, KeyValueError>) -> Void

    public var guards: [Guard]
    public var then: [StoreWrite]
    public var otherwise: [StoreWrite]

    public init(if guards: [Guard] = [], then: [StoreWrite], otherwise: [StoreWrite] = []) {
        self.guards = guards
        self.then = then
        self.otherwise = otherwise
    }
}

extension StoreTransaction {
    /// Throws `tooLarge` naming the limit, or `invalid` naming what is not well-formed: a key that would be written
    /// twice, a `double` that is not finite, broken `json`, an expiry out of its range. Drivers call it before they do
    /// anything.
    public func validate() throws(KeyValueError) {
        let operations = guards.count + max(then.count, otherwise.count)
        guard operations <= KeyValueLimits.transactionOperations else {
            throw KeyValueError(
                .tooLarge,
                "\(operations) operations in a transaction: at most \(KeyValueLimits.transactionOperations)"
            )
        }
        let bytes = byteCount
        for write in then { try write.validate() }
        for write in otherwise { try write.validate() }
        guard bytes <= KeyValueLimits.transactionBytes + Self.overheadBytes else {
            throw KeyValueError(
                .tooLarge,
                "\(bytes) bytes in a transaction: at most \(KeyValueLimits.transactionBytes) beside 64 KiB of keys"
            )
        }
        try Self.refuseRepeats(in: then)
        try Self.refuseRepeats(in: otherwise)
    }

    /// Bytes of all keys and values, guards included.
    public var byteCount: Int {
        var count = 0
        for test in guards { count += test.byteCount }
        for write in then { count += write.byteCount }
        for write in otherwise { count += write.byteCount }
        return count
    }

    /// Room for the keys of a transaction whose one value is as large as a value may be.
    private static let overheadBytes = 64 << 10

    /// A key that is written twice would have two values at one revision.
    private static func refuseRepeats(in writes: [StoreWrite]) throws(KeyValueError) {
        guard writes.count > 1 else { return }
        var seen = Set<StoreKey>()
        var prefixes: [StoreScope] = []
        for write in writes {
            switch write {
            case .put(let key, _, _), .delete(let key), .increment(let key, _, _):
                guard seen.insert(key).inserted else {
                    throw KeyValueError(.invalid, "key \(key) is written twice in one transaction: once is allowed")
                }
            case .deletePrefix(let namespace, let prefix):
                prefixes.append(StoreScope(namespace, prefix: prefix))
            }
        }
        for (index, scope) in prefixes.enumerated() {
            let other = prefixes[..<index].first { $0.overlaps(scope) }
            if let key = seen.first(where: scope.contains) {
                throw KeyValueError(.invalid, "key \(key) is written twice: prefix \"\(scope.prefix)\" deletes it")
            }
            if other != nil {
                throw KeyValueError(.invalid, "prefix \"\(scope.prefix)\" is deleted twice in one transaction")
            }
        }
    }
}

extension StoreTransaction.Guard {
    fileprivate var byteCount: Int {
        if case .value(let value) = condition { return key.byteCount + value.byteCount }
        return key.byteCount
    }
}

extension StoreWrite {
    fileprivate var byteCount: Int {
        switch self {
        case .put(let key, let value, _): key.byteCount + value.byteCount
        case .delete(let key), .increment(let key, _, _): key.byteCount
        case .deletePrefix(let namespace, let prefix): namespace.name.utf8.count + prefix.utf8.count
        }
    }

    fileprivate func validate() throws(KeyValueError) {
        guard case .put(let key, let value, let expiry) = self else { return }
        try value.validate(for: key)
        try expiry.validate(for: key)
    }
}

extension StoreValue {
    /// What no door may let in, since another could not give it back.
    fileprivate func validate(for key: StoreKey) throws(KeyValueError) {
        guard byteCount <= KeyValueLimits.valueBytes else {
            throw KeyValueError(
                .tooLarge,
                "value of \(key) has \(byteCount) bytes: at most \(KeyValueLimits.valueBytes)"
            )
        }
        let isWellFormed =
            switch self {
            case .double(let number): number.isFinite
            case .json(let text): JSONScanner.isObjectOrArray(text)
            case .string, .integer, .bool, .bytes: true
            }
        guard isWellFormed else {
            throw .invalid(field: "value of \(key)", value: text, allowed: Self.allowedText(of: type))
        }
    }
}

extension StoreExpiry {
    fileprivate func validate(for key: StoreKey) throws(KeyValueError) {
        let range = KeyValueLimits.expiryMilliseconds
        guard case .after(let milliseconds) = self, !range.contains(milliseconds) else { return }
        throw .invalid(
            field: "expiry of \(key)",
            value: "\(milliseconds) ms",
            allowed: "from \(range.lowerBound) to \(range.upperBound) ms after the write"
        )
    }
}

extension StoreScope {
    fileprivate func overlaps(_ other: StoreScope) -> Bool {
        guard namespace == other.namespace else { return false }
        return prefix.utf8.starts(with: other.prefix.utf8) || other.prefix.utf8.starts(with: prefix.utf8)
    }
}
