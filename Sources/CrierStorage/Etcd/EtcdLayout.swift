import CrierCore

/// Where things are below the prefix: docs/etcd.md.
///
/// Entries are at `kv/<namespace>+<key>`: `+` sorts before every character of a namespace, so that the order of etcd's
/// keys is that of the port's.
struct EtcdLayout: Sendable {
    /// The keys of `[start, end)`, as etcd names them.
    struct KeyRange: Sendable, Equatable {
        var start: [UInt8]
        var end: [UInt8]
    }

    /// A random number, written once: what makes this store this one.
    let epoch: [UInt8]
    /// Written so that the watch has something to tell.
    let tick: [UInt8]
    /// Written with the deletion of entries that would have expired: they did not.
    let deletion: [UInt8]
    /// Everything of ours.
    let everything: KeyRange
    private let entries: [UInt8]
    private let usage: [UInt8]

    private static let separator = UInt8(ascii: "+")

    init(prefix: String) {
        let root = Array(prefix.utf8) + [UInt8(ascii: "/")]
        epoch = root + Array("epoch".utf8)
        tick = root + Array("tick".utf8)
        deletion = root + Array("deletion".utf8)
        entries = root + Array("kv/".utf8)
        usage = root + Array("usage/".utf8)
        everything = Self.range(root)
    }

    func bytes(_ key: StoreKey) -> [UInt8] {
        var bytes = entries
        bytes.reserveCapacity(entries.count + key.byteCount + 1)
        bytes += key.namespace.name.utf8
        bytes.append(Self.separator)
        bytes += key.key.utf8
        return bytes
    }

    /// nil: no entry's key.
    func key(_ bytes: [UInt8]) -> StoreKey? {
        guard bytes.starts(with: entries), let separator = bytes[entries.count...].firstIndex(of: Self.separator),
            let name = String(validating: bytes[entries.count..<separator], as: UTF8.self),
            let key = String(validating: bytes[(separator + 1)...], as: UTF8.self)
        else { return nil }
        return try? StoreKey(StoreNamespace(name), key)
    }

    func range(_ scope: StoreScope) -> KeyRange {
        guard let namespace = scope.namespace else { return Self.range(entries) }
        return Self.range(entries + Array(namespace.name.utf8) + [Self.separator] + Array(scope.prefix.utf8))
    }

    /// The scope's keys from the first one behind `key`.
    func range(_ scope: StoreScope, after key: StoreKey) -> KeyRange {
        var range = range(scope)
        let next = bytes(key) + [0]
        if range.start.lexicographicallyPrecedes(next) { range.start = next }
        return range
    }

    /// The first place behind all keys of a namespace.
    func end(of namespace: StoreNamespace) -> [UInt8] { range(StoreScope(namespace)).end }

    /// What the namespace is known to hold at most, where it has a quota.
    func usage(of namespace: StoreNamespace) -> [UInt8] { usage + Array(namespace.name.utf8) }

    /// All keys that begin with `prefix`. No prefix of ours is all 0xff.
    private static func range(_ prefix: [UInt8]) -> KeyRange {
        var end = prefix
        while let last = end.popLast() {
            if last < 0xff {
                end.append(last + 1)
                break
            }
        }
        return KeyRange(start: prefix, end: end)
    }
}
