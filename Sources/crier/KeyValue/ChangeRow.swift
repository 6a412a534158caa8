import CrierClient

/// A change as `--output json` shows it: the names of REST's stream and history.
struct ChangeRow: Encodable {
    var namespace: String
    var key: String
    var op: String
    var type: String?
    var value: String?
    var previous: String?
    var revision: UInt64
    var updatedAt: Double?
    var expiresAt: Double?
    /// Only on the last change of a revision: whoever is cut off before it and goes on from the position before gets
    /// all of them again.
    var position: String?

    init(_ change: KeyValueChange, position: KeyValuePosition? = nil) {
        (namespace, key, revision) = (change.namespace, change.key, change.revision)
        op = change.kind.rawValue
        if let entry = change.entry {
            (type, value) = (entry.value.kind.rawValue, entry.value.text)
            updatedAt = Double(entry.updatedAt) / 1000
            expiresAt = entry.expiresAt.map { Double($0) / 1000 }
        }
        previous = change.previous?.value.text
        self.position = position?.description
    }

    /// A row of `history`.
    static func historyCells(_ change: KeyValueChange) -> [String] {
        [
            String(change.revision), change.kind.rawValue, change.entry?.value.kind.rawValue ?? "",
            change.entry?.value.shown ?? "", Timestamp.text(milliseconds: change.entry?.updatedAt ?? 0),
        ]
    }
}

/// What a put, an increment or a swap did, as `--output json` shows it.
struct WrittenRow: Encodable {
    var position: String
    var entry: EntryRow
    var previous: EntryRow?

    init(_ written: KeyValueWritten) {
        position = written.position.description
        entry = EntryRow(written.entry)
        previous = written.previous.map(EntryRow.init)
    }
}
