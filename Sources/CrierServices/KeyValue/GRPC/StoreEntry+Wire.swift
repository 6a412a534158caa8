import CrierCore
import CrierMessages

/// Entries, changes and positions as the contract has them.
extension Position {
    init(_ position: StorePosition) {
        self.init(epoch: position.epoch, revision: position.revision)
    }
}

extension StorePosition {
    init(_ position: Position) {
        self.init(epoch: position.epoch, revision: position.revision)
    }
}

extension Entry {
    init(_ entry: StoreEntry, withValue: Bool = true) {
        self.init(
            namespace: entry.key.namespace.name,
            key: entry.key.key,
            value: withValue ? Value(entry.value) : nil,
            createRevision: entry.createRevision,
            revision: entry.revision,
            version: entry.version,
            updatedAt: entry.updatedAt,
            expiresAt: entry.expiresAt ?? 0,
            leaseID: entry.expiry.leaseID,
            ttlMs: entry.expiry.milliseconds
        )
    }

    /// As the change left it; of a deleted one its names and the revision at which it went.
    init(after change: StoreChange) {
        if let entry = change.entry {
            self.init(entry)
        } else {
            self.init(namespace: change.key.namespace.name, key: change.key.key, revision: change.revision)
        }
    }

    /// About how many bytes an entry takes on the wire, or more.
    static func byteCount(_ entry: StoreEntry, withValue: Bool = true) -> Int {
        let value = withValue ? entry.value.byteCount : 0
        return entry.key.byteCount + value + KeyValueServiceLimits.entryOverheadBytes
    }
}

extension Change {
    init(_ change: StoreChange, withPrevious: Bool) {
        self.init(
            kind: Kind(change.kind),
            entry: Entry(after: change),
            previous: withPrevious ? change.previous.map { Entry($0) } : nil
        )
    }

    /// About how many bytes a change takes on the wire, or more.
    static func byteCount(_ change: StoreChange) -> Int {
        change.byteCount + change.key.byteCount + 2 * KeyValueServiceLimits.entryOverheadBytes
    }
}

extension Change.Kind {
    fileprivate init(_ kind: StoreChange.Kind) {
        self =
            switch kind {
            case .put: .put
            case .delete: .delete
            case .expire: .expire
            }
    }
}

extension StoreExpiry {
    /// 0: it goes with none.
    fileprivate var leaseID: UInt64 {
        if case .lease(let id) = self { id.rawValue } else { 0 }
    }

    /// 0: it has no time of its own.
    fileprivate var milliseconds: Int64 {
        if case .after(let milliseconds) = self { milliseconds } else { 0 }
    }
}
