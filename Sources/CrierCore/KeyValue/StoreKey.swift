/// A room of keys: one application's, or the gateway's own when the name begins with `_`.
///
/// 1 to 63 bytes of `[A-Za-z0-9._-]`.
public struct StoreNamespace: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let name: String

    /// Throws `invalid` naming the namespace and what is allowed.
    public init(_ name: String) throws(KeyValueError) {
        guard Self.isValid(name) else {
            throw .invalid(
                field: "namespace",
                value: name,
                allowed: "1 to \(KeyValueLimits.namespaceBytes) characters of A-Z a-z 0-9 . _ -"
            )
        }
        self.name = name
    }

    /// A namespace that stands in the source.
    public init(constant name: StaticString) {
        self.name = name.description
        precondition(Self.isValid(self.name), "not a namespace: \(name)")
    }

    /// Readable by operators, never writable from outside.
    public var isReserved: Bool { name.utf8.first == UInt8(ascii: "_") }

    public var description: String { name }

    public static func < (left: Self, right: Self) -> Bool {
        left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }

    private static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        return (1...KeyValueLimits.namespaceBytes).contains(bytes.count) && bytes.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// The full name of an entry: its namespace and its key, 1 to 512 bytes of UTF-8 without control characters.
///
/// Keys are equal, hashed and ordered by their bytes. Swift's own `String` holds "é" and "e\u{301}" for equal, which a
/// store on disk and a client in another language do not.
public struct StoreKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let namespace: StoreNamespace
    public let key: String

    /// Throws `invalid` naming the key and what is allowed.
    public init(_ namespace: StoreNamespace, _ key: String) throws(KeyValueError) {
        guard Self.isValid(key) else {
            throw .invalid(
                field: "key",
                value: key,
                allowed: "1 to \(KeyValueLimits.keyBytes) bytes of UTF-8 without control characters"
            )
        }
        self.namespace = namespace
        self.key = key
    }

    /// A key that stands in the source.
    public init(_ namespace: StoreNamespace, constant key: StaticString) {
        self.namespace = namespace
        self.key = key.description
        precondition(Self.isValid(self.key), "not a key: \(key)")
    }

    /// Bytes of both parts: what counts towards the limit of a transaction.
    public var byteCount: Int { namespace.name.utf8.count + key.utf8.count }

    public var description: String { "\(namespace)/\(key)" }

    public static func == (left: Self, right: Self) -> Bool {
        left.key.hasSameBytes(as: right.key) && left.namespace == right.namespace
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(namespace)
        var key = key
        key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    public static func < (left: Self, right: Self) -> Bool {
        if left.namespace != right.namespace { return left.namespace < right.namespace }
        return left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
    }

    private static func isValid(_ key: String) -> Bool {
        (1...KeyValueLimits.keyBytes).contains(key.utf8.count) && !key.hasControlCharacters
    }
}

/// Which entries a list or a watch is about.
public struct StoreScope: Sendable, Hashable {
    /// Absent: every namespace.
    public let namespace: StoreNamespace?
    /// Keys that begin with these bytes; empty: every key.
    public let prefix: String

    /// Every key of every namespace.
    public static let everything = StoreScope(namespace: nil, prefix: "")

    public init(_ namespace: StoreNamespace, prefix: String = "") {
        self.init(namespace: namespace, prefix: prefix)
    }

    private init(namespace: StoreNamespace?, prefix: String) {
        self.namespace = namespace
        self.prefix = prefix
    }

    /// Whether the scope's lists and watches show this key.
    public func contains(_ key: StoreKey) -> Bool {
        guard namespace == nil || namespace == key.namespace else { return false }
        return key.key.utf8.starts(with: prefix.utf8)
    }

    /// By bytes, as keys are.
    public static func == (left: Self, right: Self) -> Bool {
        left.namespace == right.namespace && left.prefix.hasSameBytes(as: right.prefix)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(namespace)
        var prefix = prefix
        prefix.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
