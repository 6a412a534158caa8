/// What must be true of an entry for a write to happen.
public enum KeyValueCondition: Sendable, Hashable {
    case absent
    case present
    /// Its last change was at this revision.
    case revision(UInt64)
    /// It holds this value, type included.
    case value(KeyValue)
}

/// A condition of a transaction.
public struct KeyValueGuard: Sendable, Hashable {
    public var namespace: String
    public var key: String
    public var condition: KeyValueCondition

    public init(_ key: String, in namespace: String, _ condition: KeyValueCondition) {
        self.namespace = namespace
        self.key = key
        self.condition = condition
    }
}

/// One write of a transaction.
public enum KeyValueWrite: Sendable, Hashable {
    case put(namespace: String, key: String, value: KeyValue, expiry: KeyValueExpiry = .never)
    case delete(namespace: String, key: String)
    case deletePrefix(namespace: String, prefix: String)
    /// An absent key begins at `initial`.
    case increment(namespace: String, key: String, by: Int64, initial: Int64 = 0)
}

/// Guards, and what to do when all of them hold, or else. All or nothing, at one revision.
///
/// At most 100 guards and writes in one branch, 1 MiB of keys and values, and each key written once.
public struct KeyValueTransaction: Sendable, Hashable {
    public var guards: [KeyValueGuard]
    public var then: [KeyValueWrite]
    public var otherwise: [KeyValueWrite]

    public init(guards: [KeyValueGuard] = [], then: [KeyValueWrite], otherwise: [KeyValueWrite] = []) {
        self.guards = guards
        self.then = then
        self.otherwise = otherwise
    }
}

/// What a transaction did.
public struct KeyValueOutcome: Sendable, Hashable {
    /// True: `then` was done; false: `otherwise`.
    public var succeeded: Bool
    /// The revision of the changes, or where the store stood when there were none.
    public var position: KeyValuePosition
    /// One for each key that changed, in the order of the writes. Without previous entries.
    public var changes: [KeyValueChange]
}

/// What a read found, and when.
public struct KeyValueRead: Sendable, Hashable {
    /// Nil: no such key.
    public var entry: KeyValueEntry?
    public var position: KeyValuePosition
}

/// What a put or an increment made.
public struct KeyValueWritten: Sendable, Hashable {
    public var entry: KeyValueEntry
    /// As it was before; nil: there was none.
    public var previous: KeyValueEntry?
    public var position: KeyValuePosition
}

/// What a deletion removed.
public struct KeyValueDeletion: Sendable, Hashable {
    /// How many entries.
    public var count: Int
    /// Of a single key: as it was; nil: there was none.
    public var previous: KeyValueEntry?
    /// The revision of the deletion, or where the store stood when there was nothing to delete.
    public var position: KeyValuePosition
}

/// A part of a listing, in the order of the keys' bytes.
public struct KeyValuePage: Sendable, Hashable {
    public var entries: [KeyValueEntry]
    /// Asks for the next page; nil: this was the last.
    public var nextCursor: String?
    /// Of the first page, whichever page this is: watch from here and nothing is missed.
    public var position: KeyValuePosition
}

/// The same without the values.
public struct KeyValueKeysPage: Sendable, Hashable {
    public var keys: [Key]
    /// Asks for the next page; nil: this was the last.
    public var nextCursor: String?
    public var position: KeyValuePosition

    public struct Key: Sendable, Hashable {
        public var namespace: String
        public var key: String
        /// Of the last change.
        public var revision: UInt64
    }
}

/// The last changes of one key, newest first, with their previous entries, as far as the gateway remembers.
public struct KeyValueHistory: Sendable, Hashable {
    public var changes: [KeyValueChange]
    public var position: KeyValuePosition
}

/// What a namespace holds, and who is busy with it on the node that answers.
public struct KeyValueStatistics: Sendable, Hashable {
    public var keys: Int
    /// Of keys and values, before compression.
    public var bytes: Int
    public var watchers: Int
    /// The busiest keys, busiest first.
    public var hotKeys: [HotKey]

    public struct HotKey: Sendable, Hashable {
        public var namespace: String
        public var key: String
        public var reads: Int
        public var writes: Int
    }
}

/// A namespace that holds something.
public struct KeyValueNamespace: Sendable, Hashable {
    public var name: String
    public var keys: Int
    /// Of keys and values, before compression.
    public var bytes: Int
}
