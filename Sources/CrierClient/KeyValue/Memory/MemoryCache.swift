/// A namespace as the gateway has told it: exactly the store at `position`, and over it what this process has written
/// since and the feed has not told yet.
///
/// So a reader sees its own writes at once, and subscribers hear every change once and in the gateway's order, whoever
/// made it.
struct MemoryCache: Sendable {
    /// A write of our own that the feed has yet to tell.
    private struct Ahead: Sendable {
        let position: KeyValuePosition
        /// Nil: removed.
        let entry: KeyValueEntry?
    }

    /// An entry in one piece: a read counts one reference, however many parts an entry has.
    private final class Held: Sendable {
        let entry: KeyValueEntry

        init(_ entry: KeyValueEntry) { self.entry = entry }
    }

    let namespace: String
    private let maxBytes: Int
    private var entries: [MemoryKey: Held] = [:]
    private var ahead: [MemoryKey: Ahead] = [:]
    /// A snapshot that is not whole yet.
    private var loading: [MemoryKey: Held]?
    private var bytes = 0
    private var loadingBytes = 0
    /// Where the entries stand; nil: nothing was loaded yet.
    private(set) var position: KeyValuePosition?

    init(namespace: String, maxBytes: Int) {
        self.namespace = namespace
        self.maxBytes = maxBytes
    }

    // MARK: Reading

    func value(_ key: MemoryKey) -> KeyValue? {
        if !ahead.isEmpty, let written = ahead[key] { return written.entry?.value }
        return entries[key]?.entry.value
    }

    func entry(_ key: MemoryKey) -> KeyValueEntry? {
        if !ahead.isEmpty, let written = ahead[key] { return written.entry }
        return entries[key]?.entry
    }

    /// In the order of the keys' bytes.
    func list(prefix: String) -> [KeyValueEntry] {
        var found: [MemoryKey: KeyValueEntry] = [:]
        for (key, held) in entries where key.hasPrefix(prefix) { found[key] = held.entry }
        for (key, written) in ahead where key.hasPrefix(prefix) { found[key] = written.entry }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    var count: Int {
        ahead.reduce(entries.count) { count, written in
            count + (written.value.entry == nil ? 0 : 1) - (entries[written.key] == nil ? 0 : 1)
        }
    }

    // MARK: What this process wrote

    /// How many more writes of our own can wait for the feed.
    var roomAhead: Int { Limits.aheadEntries - ahead.count }

    /// Puts our own changes over what the feed has told. False: the feed has to tell them first, since they are of
    /// another epoch than ours or there is no more room.
    mutating func note(_ changes: [KeyValueChange], at written: KeyValuePosition) -> Bool {
        guard let position, position.epoch == written.epoch, changes.count <= roomAhead else { return false }
        guard written.revision > position.revision else { return true }
        for change in changes {
            let key = MemoryKey(change.key)
            if let other = ahead[key], other.position.revision > written.revision { continue }
            ahead[key] = Ahead(position: written, entry: change.entry.map(own))
        }
        return true
    }

    // MARK: What the feed tells

    /// All changes of one revision. Returns what they changed here.
    mutating func apply(
        _ changes: [KeyValueChange],
        at told: KeyValuePosition
    ) throws(KeyValueClientError) -> [MemoryChange] {
        var done: [MemoryChange] = []
        for change in changes {
            let key = MemoryKey(change.key)
            if let written = ahead[key], written.position.revision <= change.revision { ahead[key] = nil }
            let old = entries[key]?.entry
            // A snapshot's pages may be newer than its position: what they hold already is told again.
            if let old, old.revision >= change.revision { continue }
            let new = change.entry.map(own)
            if old == nil, new == nil { continue }
            bytes += Self.cost(new) - Self.cost(old)
            entries[key] = new.map(Held.init)
            done.append(MemoryChange(change.kind, change.key, old, new, at: told, isReload: false))
        }
        position = told
        try checkSize(bytes)
        return done
    }

    /// Nothing happened up to here.
    mutating func advance(to told: KeyValuePosition) {
        if let position, position.epoch == told.epoch, position.revision < told.revision { self.position = told }
    }

    var isLoading: Bool { loading != nil }

    mutating func beginLoading() { (loading, loadingBytes) = ([:], 0) }

    mutating func load(_ part: [KeyValueEntry]) throws(KeyValueClientError) {
        for entry in part {
            let entry = own(entry)
            let old = loading?.updateValue(Held(entry), forKey: MemoryKey(entry.key))
            loadingBytes += Self.cost(entry) - Self.cost(old?.entry)
        }
        try checkSize(loadingBytes)
    }

    /// The snapshot is whole: it takes the place of what was known. Returns the differences, oldest revision first.
    mutating func finishLoading(at told: KeyValuePosition) -> [MemoryChange] {
        let loaded = loading ?? [:]
        let isFirst = position == nil
        let known = entries
        (entries, bytes, position) = (loaded, loadingBytes, told)
        (loading, loadingBytes) = (nil, 0)
        ahead = ahead.filter { $0.value.position.epoch == told.epoch && $0.value.position.revision > told.revision }
        return isFirst ? [] : Self.differences(from: known, to: loaded, at: told)
    }

    private static func differences(
        from known: [MemoryKey: Held],
        to loaded: [MemoryKey: Held],
        at told: KeyValuePosition
    ) -> [MemoryChange] {
        var changes: [MemoryChange] = []
        for (key, old) in known where loaded[key] == nil {
            changes.append(MemoryChange(.delete, key.text, old.entry, nil, at: told, isReload: true))
        }
        for (key, new) in loaded where known[key]?.entry != new.entry {
            changes.append(MemoryChange(.put, key.text, known[key]?.entry, new.entry, at: told, isReload: true))
        }
        return changes.sorted {
            ($0.new?.revision ?? 0, MemoryKey($0.key)) < ($1.new?.revision ?? 0, MemoryKey($1.key))
        }
    }

    // MARK: Size

    /// The namespace's name is kept once, not once an entry.
    private func own(_ entry: KeyValueEntry) -> KeyValueEntry {
        var entry = entry
        entry.namespace = namespace
        return entry
    }

    private static func cost(_ entry: KeyValueEntry?) -> Int {
        guard let entry else { return 0 }
        return entry.key.utf8.count + entry.value.byteCount + Limits.entryOverheadBytes
    }

    private func checkSize(_ bytes: Int) throws(KeyValueClientError) {
        guard bytes <= maxBytes else {
            throw KeyValueClientError(
                .tooLarge,
                "namespace \(namespace) needs \(bytes) bytes of memory; maxBytes allows \(maxBytes)"
            )
        }
    }
}
