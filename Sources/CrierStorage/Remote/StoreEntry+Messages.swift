import CrierCore
import CrierMessages

/// What another gateway tells, as the port has it. Everything throws `unavailable` naming what is missing.
extension StorePosition {
    init(_ position: Position?) throws(KeyValueError) {
        guard let position else { throw .malformed("position", isWrite: false) }
        self.init(epoch: position.epoch, revision: position.revision)
    }

    var message: Position { Position(epoch: epoch, revision: revision) }
}

extension StoreKey {
    init(_ entry: Entry) throws(KeyValueError) {
        do throws(KeyValueError) {
            try self.init(try StoreNamespace(entry.namespace), entry.key)
        } catch {
            throw .malformed("valid key", isWrite: false)
        }
    }
}

extension StoreEntry {
    init(_ entry: Entry) throws(KeyValueError) {
        self.init(
            key: try StoreKey(entry),
            value: try StoreValue(entry.value),
            createRevision: entry.createRevision,
            revision: entry.revision,
            version: entry.version,
            updatedAt: entry.updatedAt,
            expiry: StoreExpiry(entry),
            expiresAt: entry.expiresAt == 0 ? nil : entry.expiresAt
        )
    }

    static func optional(_ entry: Entry?) throws(KeyValueError) -> StoreEntry? {
        guard let entry else { return nil }
        return try StoreEntry(entry)
    }

    static func all(_ entries: [Entry]) throws(KeyValueError) -> [StoreEntry] {
        var all: [StoreEntry] = []
        all.reserveCapacity(entries.count)
        for entry in entries { all.append(try StoreEntry(entry)) }
        return all
    }
}

extension StoreExpiry {
    fileprivate init(_ entry: Entry) {
        if entry.leaseID != 0 {
            self = .lease(StoreLease.ID(entry.leaseID))
        } else {
            self = entry.ttlMs > 0 ? .after(milliseconds: entry.ttlMs) : .never
        }
    }
}

extension StoreValue {
    fileprivate init(_ value: Value?) throws(KeyValueError) {
        switch value?.kind {
        case .stringValue(let text): self = .string(text)
        case .intValue(let number): self = .integer(number)
        case .doubleValue(let number): self = .double(number)
        case .boolValue(let flag): self = .bool(flag)
        case .jsonValue(let text): self = .json(text)
        case .bytesValue(let bytes): self = .bytes(bytes)
        case nil: throw .malformed("value", isWrite: false)
        }
    }

    var message: Value {
        switch self {
        case .string(let text): Value(kind: .stringValue(text))
        case .integer(let number): Value(kind: .intValue(number))
        case .double(let number): Value(kind: .doubleValue(number))
        case .bool(let flag): Value(kind: .boolValue(flag))
        case .json(let text): Value(kind: .jsonValue(text))
        case .bytes(let bytes): Value(kind: .bytesValue(bytes))
        }
    }
}

extension StoreChange {
    init(_ change: Change) throws(KeyValueError) {
        guard let entry = change.entry else { throw .malformed("entry of a change", isWrite: false) }
        let kind: Kind =
            switch change.kind {
            // An unknown kind counts as the enumeration's zero, which then needs a value.
            case .put, .unrecognized: .put
            case .delete: .delete
            case .expire: .expire
            }
        self.init(
            kind: kind,
            key: try StoreKey(entry),
            revision: entry.revision,
            entry: kind == .put ? try StoreEntry(entry) : nil,
            previous: try StoreEntry.optional(change.previous)
        )
    }

    static func all(_ changes: [Change]) throws(KeyValueError) -> [StoreChange] {
        var all: [StoreChange] = []
        all.reserveCapacity(changes.count)
        for change in changes { all.append(try StoreChange(change)) }
        return all
    }

    /// The same without what was before.
    var withoutPrevious: StoreChange {
        StoreChange(kind: kind, key: key, revision: revision, entry: entry, previous: nil)
    }
}
